import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seconds } from "../shared/units";
import { ahead, beyondGap, entry, forget, MOST_BUFFERED, type Range } from "./buffered";

const range = (start: number, end: number): Range => ({ start: seconds(start), end: seconds(end) });

/** Buffered ranges as browsers give them: in order, apart. */
const buffered = fc
  .array(
    fc.tuple(
      fc.double({ min: 0.2, max: 60, noNaN: true }),
      fc.double({ min: 0.2, max: 60, noNaN: true }),
    ),
    {
      minLength: 1,
      maxLength: 6,
    },
  )
  .map((pieces) => {
    let at = 0;
    return pieces.map(([gap, length]) => {
      const start = at + gap;
      at = start + length;
      return range(start, at);
    });
  });
const place = fc.double({ min: 0, max: 700, noNaN: true }).map(seconds);

describe("buffered ranges", () => {
  it("are entered where there is sound, as near as can be to what is wanted", () => {
    fc.assert(
      fc.property(buffered, place, (all, wanted) => {
        const at = entry(all, wanted);
        expect(at).not.toBeNull();
        expect(ahead(all, at ?? seconds(-1))).toBeGreaterThan(0);
        const newest = all.at(-1) ?? range(0, 0);
        if (wanted >= newest.start && wanted <= newest.end - 0.1) expect(at).toBe(wanted);
      }),
    );
  });

  it("never hold the playhead at a gap while there is more", () => {
    fc.assert(
      fc.property(buffered, place, fc.boolean(), (all, at, moving) => {
        const later = all.some((r) => r.end > at + 0.3);
        const to = beyondGap(all, at, moving);
        if (to !== null) {
          expect(to).toBeGreaterThan(at);
          expect(ahead(all, to)).toBeGreaterThan(0);
        } else if (later) {
          expect(ahead(all, at)).toBeGreaterThan(0);
        }
      }),
    );
  });

  it("are never jumped out of while they sound", () => {
    expect(beyondGap([range(0, 10), range(20, 30)], seconds(5), true)).toBeNull();
    expect(beyondGap([range(0, 10), range(20, 30)], seconds(9.99), true)).toBeCloseTo(20.005);
    expect(beyondGap([range(0, 10), range(20, 30)], seconds(9.9), true)).toBeNull();
    expect(beyondGap([range(0, 10), range(20, 30)], seconds(9.9), false)).toBeCloseTo(20.005);
  });

  it("stay bounded for an hour of listening, and never lose what plays", () => {
    let start = 0;
    for (let end = 1; end < 3600; end += 1) {
      const at = seconds(Math.max(0, end - 1));
      start = forget([range(start, end)], at) ?? start;
      expect(start).toBeLessThanOrEqual(at);
      expect(end - start).toBeLessThanOrEqual(21);
    }
  });

  it("stay bounded in a long pause", () => {
    let start = 0;
    for (let end = 1; end < 3600; end += 1) {
      start = forget([range(start, end)], seconds(0.5)) ?? start;
      expect(end - start).toBeLessThanOrEqual(MOST_BUFFERED + 11);
    }
  });

  it("are not entered before there is enough", () => {
    expect(entry([], seconds(0))).toBeNull();
    expect(entry([range(0, 0.05)], seconds(0))).toBeNull();
  });
});
