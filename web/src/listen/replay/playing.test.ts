import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { milli } from "../../shared/units";
import { merged, Playing, type Span } from "./playing";

const time = fc.nat(10_000).map(milli);
const spans = fc.array(
  fc.tuple(time, time).map(([a, b]): Span => [a, b]),
  { maxLength: 8 },
);

describe("playing time", () => {
  it("and media time are each other's inverse outside breaks", () => {
    fc.assert(
      fc.property(spans, time, (breaks, at) => {
        const playing = new Playing(breaks);
        expect(playing.of(playing.media(at))).toBe(at);
        const within = playing.breaks.some(([begin, end]) => begin <= at && at < end);
        if (!within) expect(playing.media(playing.of(at))).toBe(at);
      }),
    );
  });

  it("never runs backwards, and loses just what the breaks take", () => {
    fc.assert(
      fc.property(spans, time, time, (breaks, a, b) => {
        const playing = new Playing(breaks);
        const [from, to] = a < b ? [a, b] : [b, a];
        const gone = playing.breaks.reduce(
          (sum, [begin, end]) => sum + Math.max(0, Math.min(end, to) - Math.max(begin, from)),
          0,
        );
        expect(playing.of(to) - playing.of(from)).toBe(to - from - gone);
      }),
    );
  });

  it("says that a range within a break is not heard", () => {
    const playing = new Playing([[milli(1_000), milli(2_000)]]);
    expect(playing.span([milli(1_200), milli(2_000)])).toBeNull();
    expect(playing.span([milli(900), milli(2_100)])).toEqual([900, 1_100]);
  });
});

describe("ranges", () => {
  it("are joined where they meet", () => {
    fc.assert(
      fc.property(spans, time, (all, at) => {
        const inside = (list: readonly Span[]) => list.some(([a, b]) => a <= at && at < b);
        const union = merged(all);
        expect(inside(union)).toBe(inside(all));
        for (const [index, [begin, end]] of union.entries()) {
          expect(begin).toBeLessThan(end);
          expect(begin).toBeGreaterThan(union[index - 1]?.[1] ?? -1);
        }
      }),
    );
  });
});
