import { describe, expect, it } from "vitest";
import type { Status } from "../shared/protocol";
import { firstState, type Talk } from "../shared/talk/state";
import { advice } from "./words";

const onAir: Talk = {
  ...firstState(true),
  link: "open",
  mic: "open",
  seat: "in",
  status: { card: { state: "live" } } as Status,
  you: { standing: "air", mute: "open" } as Talk["you"],
};

describe("what a speaker is told", () => {
  it("says that everybody hears them where that is so, and nowhere else", () => {
    const heard = "Everybody hears you.";
    expect(advice(onAir)).toBe(heard);
    const unheard: readonly Partial<Talk>[] = [
      { muted: true },
      { link: "connecting" },
      { seat: "out" },
      { you: { standing: "air", mute: "held" } as Talk["you"] },
      { you: { standing: "green", mute: "open" } as Talk["you"] },
      { mic: "unasked" },
    ];
    for (const change of unheard) expect(advice({ ...onAir, ...change })).not.toContain(heard);
    expect(advice({ ...onAir, muted: true, pushing: true })).toBe(heard);
  });
});
