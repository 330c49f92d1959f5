import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clamp, displacement, filled, heights, levelOfDb, smooth, Trail } from "./geometry";

const unit = fc.double({ min: 0, max: 1, noNaN: true });
const phase = fc.double({ min: 0, max: 10_000, noNaN: true });

describe("the thread", () => {
  it("is straight in silence", () => {
    fc.assert(fc.property(unit, phase, (place, at) => displacement(place, 0, at) === 0));
  });

  it("never leaves its line further than the level", () => {
    fc.assert(
      fc.property(unit, unit, phase, (place, level, at) => {
        expect(Math.abs(displacement(place, level, at))).toBeLessThanOrEqual(level + 1e-12);
      }),
    );
  });

  it("is tied down at both ends", () => {
    fc.assert(
      fc.property(unit, phase, (level, at) => {
        expect(displacement(0, level, at)).toBeCloseTo(0, 6);
        expect(displacement(1, level, at)).toBeCloseTo(0, 6);
      }),
    );
  });

  it("moves when somebody speaks", () => {
    const places = Array.from({ length: 50 }, (_, index) => index / 49);
    expect(Math.max(...places.map((place) => displacement(place, 1, 1)))).toBeGreaterThan(0.4);
  });

  it("fills from 0 to 1 and never runs backwards", () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(), fc.integer(), fc.nat(), (from, span, now, later) => {
        const before = filled(now, from, from + span);
        expect(before).toBeGreaterThanOrEqual(0);
        expect(before).toBeLessThanOrEqual(filled(now + later, from, from + span));
        expect(filled(from + span, from, from + span)).toBe(1);
      }),
    );
  });
});

describe("the level", () => {
  it("runs from silence to full scale", () => {
    expect([levelOfDb(-60), levelOfDb(-90), levelOfDb(0), levelOfDb(6)]).toEqual([0, 0, 1, 1]);
    expect(levelOfDb(-30)).toBeCloseTo(0.5);
    expect(levelOfDb(Number.NEGATIVE_INFINITY)).toBe(0);
    expect(clamp(Number.NaN)).toBe(0);
  });

  it("takes the same path at any frame rate", () => {
    fc.assert(
      fc.property(unit, unit, fc.integer({ min: 1, max: 500 }), (from, to, elapsed) => {
        const halfway = smooth(from, to, elapsed / 2);
        expect(smooth(halfway, to, elapsed / 2)).toBeCloseTo(smooth(from, to, elapsed), 9);
      }),
    );
  });

  it("rises faster than it falls", () => {
    expect(smooth(0, 1, 50)).toBeGreaterThan(1 - smooth(1, 0, 50));
  });
});

describe("a waveform", () => {
  const peaks = fc.uint8Array({ maxLength: 300 });
  const count = fc.integer({ min: 1, max: 100 });

  it("fits into its frame and reaches its edge, unless there was nothing but silence", () => {
    fc.assert(
      fc.property(peaks, count, (all, places) => {
        const shown = heights(all, places);
        expect(shown).toHaveLength(places);
        for (const height of shown) expect(height).toBeGreaterThanOrEqual(0);
        expect(Math.max(...shown)).toBe(all.some((peak) => peak > 0) ? 1 : 0);
      }),
    );
  });

  it("shows a word where it was said", () => {
    const all = new Uint8Array(90).fill(20);
    all.fill(250, 60, 63);
    const shown = heights(all, 30);
    expect([...shown.keys()].filter((place) => (shown[place] ?? 0) > 0.5)).toEqual([20]);
  });
});

describe("a trail", () => {
  it("carries each level from the start to the end, one place a push", () => {
    fc.assert(
      fc.property(fc.array(unit, { minLength: 8, maxLength: 8 }), (levels) => {
        const trail = new Trail(8);
        for (const level of levels) trail.push(level);
        const seen = levels.map((_, index) => trail.at(index / 7));
        for (const [index, level] of seen.reverse().entries()) {
          expect(level).toBeCloseTo(levels[index] ?? -1, 6);
        }
      }),
    );
  });

  it("is quiet again after its length of silence", () => {
    const trail = new Trail(4);
    trail.push(1);
    expect(trail.quiet).toBe(false);
    for (let count = 0; count < 4; count += 1) trail.push(0);
    expect(trail.quiet).toBe(true);
  });
});
