import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { move, SEAT, type Seat, type SeatEvent } from "./seat";

const seats = Object.keys(SEAT) as Seat[];
const EVENTS: SeatEvent[] = [
  "offered",
  "answered",
  "connected",
  "lost",
  "late",
  "stalled",
  "broken",
  "flowing",
  "again",
  "occupied",
  "refused",
  "taken",
  "dropped",
  "forgotten",
  "left",
];
const event = fc.constantFrom(...EVENTS);

describe("the seat", () => {
  it("is only reached by being connected, and only from joining, unless sound comes again", () => {
    fc.assert(
      fc.property(fc.constantFrom(...seats), event, (seat, happened) => {
        if (move(seat, happened) === "in" && seat !== "in") {
          const mended = seat === "mending" && happened === "flowing";
          if (!mended) expect([seat, happened]).toEqual(["joining", "connected"]);
        }
      }),
    );
  });

  it("that somebody else took comes back by a click, never by itself", () => {
    const byItself = EVENTS.filter((name) => name !== "offered" && name !== "left");
    fc.assert(
      fc.property(
        fc.constantFrom<Seat>("taken", "elsewhere"),
        fc.array(fc.constantFrom(...byItself)),
        (seat, events) => {
          expect(events.reduce(move, seat)).toBe(seat);
        },
      ),
    );
  });

  it("can be offered again from everywhere that is not already on its way", () => {
    for (const seat of seats) {
      if (seat === "offering" || seat === "joining") continue;
      expect(move(seat, "offered")).toBe("offering");
    }
  });

  it("outlives a lost socket", () => {
    expect(move("in", "dropped")).toBe("in");
  });

  it("has no dead end: some event leads out of every state", () => {
    for (const seat of seats) expect(EVENTS.some((name) => move(seat, name) !== seat)).toBe(true);
  });
});
