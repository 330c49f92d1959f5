import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Echo } from "./echo";

// Words and pauses, a new level each three readings.
const SPEECH = fc.array(fc.integer({ min: -60, max: -12 }), { minLength: 40, maxLength: 40 });
const course = (words: readonly number[]) => words.flatMap((db) => [db, db, db]);
const lively = (words: readonly number[]) =>
  Math.max(...words.slice(-20)) - Math.min(...words.slice(-20)) > 40;

function likeness(played: readonly number[], heard: readonly number[]): number | null {
  const echo = new Echo();
  for (const [at, db] of played.entries()) echo.hear(db, heard[at] ?? -96);
  return echo.likeness;
}

describe("echo", () => {
  it("is found at every delay of half a second, however quiet it is", () => {
    fc.assert(
      fc.property(SPEECH, fc.integer({ min: 0, max: 5 }), (words, lag) => {
        fc.pre(lively(words));
        const played = course(words);
        const heard = played.map((_, at) => (played[at - lag] ?? -60) - 30);
        expect(likeness(played, heard)).toBeGreaterThan(0.95);
      }),
    );
  });

  it("is not what a still room sounds like", () => {
    fc.assert(
      fc.property(SPEECH, (words) => {
        fc.pre(lively(words));
        const played = course(words);
        expect(
          likeness(
            played,
            played.map(() => -70),
          ),
        ).toBe(0);
      }),
    );
  });

  it("is unknown while nobody else speaks", () => {
    expect(likeness(Array(80).fill(-90), Array(80).fill(-20))).toBeNull();
  });
});
