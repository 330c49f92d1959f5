/** A clip in the making: what is chosen, and what is wrong with it. Pure; the twin of `record/clip.py`. */
import { clockText } from "../../shared/time";
import { milli, type Seconds, seconds, toMilli } from "../../shared/units";
import type { Span } from "./playing";
import type { Timeline } from "./timeline";

export const SHORTEST_S = 5;
export const LONGEST_S = 180;
/** What is offered at first. */
const USUAL_S = 30;

/** From and to, playing time. */
export interface Draft {
  readonly from: Seconds;
  readonly to: Seconds;
}

/** A clip around what is heard now: what was just said most often is what one wants to keep. */
export function around(at: Seconds, length: Seconds): Draft {
  const to = Math.min(Math.max(at, USUAL_S), length);
  return { from: tenth(Math.max(0, to - USUAL_S)), to: tenth(to) };
}

/** Why this can be no clip, in words; null = it can. */
export function problem(
  { from, to }: Draft,
  length: Seconds,
  taken: readonly Span[],
): string | null {
  if (to <= from) return "A clip ends after it begins.";
  if (to > length) return `The show is only ${clockText(length)} long.`;
  if (to - from < SHORTEST_S) return "A clip is at least 5 seconds long.";
  if (to - from > LONGEST_S) return "A clip is at most 3 minutes long.";
  const [begin, end] = [toMilli(from), toMilli(to)];
  const gone = taken.some(([a, b]) => a < end && begin < b);
  return gone ? "The host has removed some of this. Choose another stretch." : null;
}

/** The clip as it stands in addresses: `FROM-TO` in milliseconds of media time. */
export function nameOf({ from, to }: Draft, { playing }: Timeline): string {
  const begin = playing.media(milli(Math.round(toMilli(from))));
  const end = playing.media(milli(Math.round(toMilli(to)) - 1)) + 1;
  return `${begin}-${end}`;
}

/** The stretch of the show around a draft in which it can be moved about. */
export function stage({ from, to }: Draft, length: Seconds): Draft {
  const middle = (from + to) / 2;
  const half = Math.max((to - from) * 0.75, 90);
  const begin = Math.max(0, Math.min(middle - half, length - 2 * half));
  return { from: tenth(begin), to: tenth(Math.min(length, begin + 2 * half)) };
}

function tenth(time: number): Seconds {
  return seconds(Math.floor(time * 10) / 10);
}
