import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { milli, seconds } from "../../shared/units";
import { around, nameOf, problem, stage } from "./clip";
import { Timeline } from "./timeline";

const LENGTH = seconds(3600);
const time = fc.double({ min: 0, max: 3600, noNaN: true }).map(seconds);
const draft = (from: number, to: number) => ({ from: seconds(from), to: seconds(to) });
const whole = new Timeline({ breaks: [], starts_ms: milli(0), taken: [], renamed: [] });

describe("a clip in the making", () => {
  it("begins as one that can be had, wherever one listens", () => {
    fc.assert(
      fc.property(time, (at) => {
        expect(problem(around(at, LENGTH), LENGTH, [])).toBeNull();
      }),
    );
  });

  it("can be moved about on its stage", () => {
    fc.assert(
      fc.property(time, (at) => {
        const chosen = around(at, LENGTH);
        const { from, to } = stage(chosen, LENGTH);
        expect(from).toBeLessThanOrEqual(chosen.from);
        expect(to).toBeGreaterThanOrEqual(chosen.to);
        expect(to).toBeLessThanOrEqual(LENGTH);
      }),
    );
  });

  it("says what is wrong with it", () => {
    const of = (from: number, to: number) => problem(draft(from, to), LENGTH, []);
    expect(of(20, 10)).toBe("A clip ends after it begins.");
    expect(of(20, 20)).toBe("A clip ends after it begins.");
    expect(of(3590, 3601)).toBe("The show is only 1:00:00 long.");
    expect(of(0, 4.9)).toMatch(/at least 5 seconds/);
    expect(of(0, 180.1)).toMatch(/at most 3 minutes/);
    expect(of(0, 180)).toBeNull();
    expect(problem(draft(0, 10), LENGTH, [[milli(9_999), milli(12_000)]])).toMatch(/removed/);
    expect(problem(draft(0, 10), LENGTH, [[milli(10_000), milli(12_000)]])).toBeNull();
  });

  it("is called by media time", () => {
    const cut = new Timeline({
      breaks: [[milli(19_200), milli(192_000)]],
      starts_ms: milli(0),
      taken: [],
      renamed: [],
    });
    expect(nameOf(draft(1.5, 20.25), whole)).toBe("1500-20250");
    expect(nameOf(draft(1.5, 19.2), cut)).toBe("1500-19200");
    expect(nameOf(draft(19.2, 30), cut)).toBe("192000-202800");
  });
});
