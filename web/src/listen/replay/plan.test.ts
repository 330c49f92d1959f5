import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { milli, seconds } from "../../shared/units";
import type { Range } from "../buffered";
import { AT_ONCE, plan } from "./plan";
import type { Span } from "./playing";
import { Timeline, whole } from "./timeline";

const SEGMENT = 1.92;
const END = 400;
const segments = (from: number, to: number): Span => [milli(from * 1920), milli(to * 1920)];
const timelines = fc
  .array(
    fc.tuple(fc.nat(60), fc.integer({ min: 1, max: 20 })).map(([at, n]) => segments(at, at + n)),
    { maxLength: 3 },
  )
  .map((breaks) => new Timeline({ breaks, starts_ms: milli(0), taken: [], renamed: [] }));
const times = fc.double({ min: 0, max: END - 1, noNaN: true }).map(seconds);
const none = new Set<number>();

/** What the browser has once these were appended. */
function loaded(timeline: Timeline, before: readonly Range[], all: readonly number[]): Range[] {
  const added = all.map((segment) => ({
    start: timeline.start(segment),
    end: seconds(timeline.start(segment) + SEGMENT),
  }));
  const sorted = [...before, ...added].sort((a, b) => a.start - b.start);
  return sorted.reduce<Range[]>((union, next) => {
    const last = union.at(-1);
    if (last && next.start <= last.end + 1e-6) {
      union[union.length - 1] = { start: last.start, end: seconds(Math.max(last.end, next.end)) };
    } else union.push(next);
    return union;
  }, []);
}

describe("the plan", () => {
  it("begins with the segment that is heard, which one request brings", () => {
    fc.assert(
      fc.property(timelines, times, (timeline, at) => {
        const [first] = plan(timeline, [], at, seconds(END), none);
        expect(first).toBeDefined();
        const start = timeline.start(first ?? 0);
        expect(start).toBeLessThanOrEqual(at + 0.0501);
        expect(start + SEGMENT).toBeGreaterThan(at);
      }),
    );
  });

  it("asks for nothing twice, never too much at once, and comes to an end", () => {
    fc.assert(
      fc.property(timelines, times, (timeline, at) => {
        const asked = new Set<number>();
        let buffered: Range[] = [];
        for (let round = 0; round < 40; round += 1) {
          const wanted = plan(timeline, buffered, at, seconds(END), none);
          if (wanted.length === 0) break;
          expect(wanted.length).toBeLessThanOrEqual(AT_ONCE);
          for (const segment of wanted) {
            expect(asked.has(segment)).toBe(false);
            asked.add(segment);
          }
          buffered = loaded(timeline, buffered, wanted);
        }
        expect(plan(timeline, buffered, at, seconds(END), none)).toEqual([]);
        expect(asked.size).toBeLessThanOrEqual(18);
      }),
    );
  });

  it("goes on behind what is lost", () => {
    const timeline = new Timeline({ breaks: [], starts_ms: milli(0), taken: [], renamed: [] });
    expect(plan(timeline, [], seconds(0.5), seconds(END), new Set([0]))).toEqual([1, 2]);
    expect(plan(timeline, [], seconds(END), seconds(END), none)).toEqual([]);
  });
});

describe("the timeline", () => {
  it("leaves breaks out, and knows the names of what was replaced", () => {
    const timeline = new Timeline({
      breaks: [segments(2, 102)],
      starts_ms: milli(103 * 1920),
      taken: [segments(103, 104)],
      renamed: [[103, 2]],
    });
    expect(timeline.segment(seconds(3.84))).toBe(102);
    expect(timeline.start(102)).toBe(3.84);
    expect(timeline.shift(103)).toBe(-192);
    expect(timeline.taken).toEqual([[5760, 7680]]);
    expect([timeline.file(102), timeline.file(103)]).toEqual(["00000102.m4s", "00000103.t2.m4s"]);
    expect(timeline.opening).toBeCloseTo(5.26);
  });

  it("offers a segment of a live show once it is whole", () => {
    const timeline = new Timeline({ breaks: [], starts_ms: milli(0), taken: [], renamed: [] });
    expect([0, 1.9, 2.7, 5].map((live) => whole(timeline, seconds(live)))).toEqual([
      0, 0, 1.92, 3.84,
    ]);
    expect(timeline.opening).toBe(0);
  });
});
