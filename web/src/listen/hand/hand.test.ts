import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { HandIs } from "../../shared/protocol";
import { DOWN, type Event, type Hand, placeText, step } from "./hand";

const news = (state: HandIs["state"], place = 0, of = 0): Event => ({
  type: "news",
  news: { type: "hand", state, place, of, seat: null },
});
const EVENTS: Event[] = [
  { type: "ask" },
  { type: "cancel" },
  { type: "sent" },
  { type: "raised" },
  { type: "refused", problem: { code: "x", message: "No." } },
  { type: "come" },
  { type: "left", word: "Thank you." },
  news("waiting", 2, 3),
  news("accepted"),
  news("declined"),
  news("lowered"),
];
const run = (...events: Event[]): Hand => events.reduce(step, DOWN);
const RAISED: Event[] = [{ type: "ask" }, { type: "sent" }, { type: "raised" }];

describe("a hand", () => {
  it("reaches the stage only when it was called and the listener came", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...EVENTS), { maxLength: 30 }), (events) => {
        let hand = DOWN;
        for (const event of events) {
          const before = hand.phase;
          hand = step(hand, event);
          if (hand.phase === "stage" && before !== "stage")
            expect([before, event.type]).toEqual(["called", "come"]);
        }
      }),
    );
  });

  it("can be lowered at every moment before the stage", () => {
    for (const hand of [run(...RAISED), run(...RAISED, news("accepted"))])
      expect(step(hand, { type: "cancel" }).phase).toBe("down");
  });

  it("comes back to its form with the studio's words when it was not taken", () => {
    const refused = run({ type: "ask" }, { type: "sent" }, EVENTS[4] as Event);
    expect([refused.phase, refused.problem?.message]).toEqual(["form", "No."]);
  });

  it("that was declined says so, and can be raised again", () => {
    const declined = run(...RAISED, news("declined"));
    expect(declined.word).toContain("could not");
    expect(step(declined, { type: "ask" })).toMatchObject({ phase: "form", word: "" });
  });

  it("that was called and is put back into the queue waits again", () => {
    expect(run(...RAISED, news("accepted"), news("waiting", 1, 1)).phase).toBe("waiting");
  });
});

it("says the place as people do", () => {
  const at = (place: number, of: number) => placeText({ ...DOWN, place, of });
  expect(at(0, 0)).toBe("");
  expect(at(1, 1)).toBe("You are next.");
  expect(at(1, 4)).toBe("You are next; 3 after you.");
  expect(at(2, 4)).toBe("You are 2nd of 4.");
  expect(at(13, 21)).toBe("You are 13th of 21.");
  expect(at(21, 40)).toBe("You are 21st of 40.");
});
