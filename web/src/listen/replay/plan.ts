/** Which segments to ask for next. Pure. */
import { type Seconds, seconds } from "../../shared/units";
import { ahead, type Range } from "../buffered";
import type { Timeline } from "./timeline";

/** Loaded ahead of what is heard: a lift ride. */
export const AHEAD_S = 30;
/** Asked for at the same time: the place itself, and what follows if it lies at a segment's end. */
export const AT_ONCE = 2;
/** This near to a segment's end, what is wanted is the next. */
export const EDGE_S = 0.05;

/** The next segments to ask for when listening `at`; sound is to be had up to `end`, but for `holes`. */
export function plan(
  timeline: Timeline,
  buffered: readonly Range[],
  at: Seconds,
  end: Seconds,
  holes: ReadonlySet<number>,
): number[] {
  const wanted: number[] = [];
  const limit = Math.min(at + AHEAD_S, end - EDGE_S);
  let time = at;
  while (wanted.length < AT_ONCE && time < limit) {
    const covered = ahead(buffered, time);
    if (covered > EDGE_S) {
      time = seconds(time + covered);
      continue;
    }
    const segment = timeline.segment(seconds(time + EDGE_S));
    if (!holes.has(segment)) wanted.push(segment);
    time = seconds(Math.max(timeline.start(segment + 1), time + EDGE_S));
  }
  return wanted;
}
