import { expect, it } from "vitest";
import type { Status } from "../protocol";
import { MIC, type Mic } from "./microphone";
import { SEAT, type Seat } from "./seat";
import { firstState } from "./state";
import { announced, headline, seatLine } from "./words";

it("finds words for every state", () => {
  for (const mic of Object.keys(MIC) as Mic[]) {
    for (const seat of Object.keys(SEAT) as Seat[]) {
      const talk = { ...firstState(true), mic, seat };
      expect(headline(talk)).not.toBe("");
      expect(mic === "open" ? seatLine(talk) : "x").not.toBe("");
    }
  }
});

it("tells a screen reader nothing of push-to-talk", () => {
  const status = { card: { state: "live" } } as Status;
  const pushing = { ...firstState(true), status, muted: true, pushing: true };
  expect([headline(pushing), announced(pushing)]).toEqual(["On air, without you", "On air, muted"]);
});
