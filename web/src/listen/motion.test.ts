import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { milli, seconds } from "../shared/units";
import { type Motion, read, still } from "./motion";

const BEGUN = still(seconds(10), milli(0));

/** Readings every `every` ms of a playhead that plays at `rate`. */
function played(every: number, rate: number, readings: number): Motion {
  let motion = BEGUN;
  for (let i = 1; i <= readings; i += 1) {
    motion = read(motion, seconds(10 + (i * every * rate) / 1000), milli(i * every));
  }
  return motion;
}

describe("sound moves", () => {
  it("however seldom a page in the background is let look: once a second, once a minute", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(100, 250, 1000, 60_000),
        fc.double({ min: 0.5, max: 2, noNaN: true }),
        fc.integer({ min: 1, max: 50 }),
        (every, rate, readings) => {
          expect(played(every, rate, readings).moving).toBe(true);
        },
      ),
    );
  });

  it("no more once it has stood still for two looks", () => {
    const moving = played(250, 1, 4);
    const once = read(moving, moving.at, milli(1250));
    expect(once.moving).toBe(true);
    expect(read(once, moving.at, milli(1500)).moving).toBe(false);
  });

  it("not where the playhead was put elsewhere, back or far on", () => {
    for (const to of [2, 30]) expect(read(BEGUN, seconds(to), milli(250)).moving).toBe(false);
  });
});
