/** Arithmetic on buffered ranges: where to start, which gap to jump, what to forget. Pure. */
import { type Seconds, seconds } from "../shared/units";

/** One buffered range in media time, `start` < `end`. */
export type Range = { readonly start: Seconds; readonly end: Seconds };

/** A plain copy of what the browser shows. */
export function ranges(buffered: TimeRanges): Range[] {
  return Array.from({ length: buffered.length }, (_, i) => ({
    start: seconds(buffered.start(i)),
    end: seconds(buffered.end(i)),
  }));
}

/** This near the end of a range, nothing of it is left to hear: less than an Opus frame and an AAC frame together. */
const EDGE = 0.045;
/** Decoders hold back as much when nothing follows: what stands this near an end will not move again. */
const HELD = 0.3;
/** Enough to begin on; decoders want some packets in hand. */
const HEAD = 0.1;

/** How much lies ready ahead of `at`. */
export function ahead(all: readonly Range[], at: Seconds): Seconds {
  const here = all.find((r) => r.start - EDGE <= at && at <= r.end);
  return seconds(here ? Math.max(0, here.end - at) : 0);
}

/** Where the first sound comes from: `wanted` if it is there, else as near as the newest range allows; null = nothing yet. */
export function entry(all: readonly Range[], wanted: Seconds): Seconds | null {
  const newest = all.at(-1);
  if (!newest || newest.end - newest.start < HEAD) return null;
  return seconds(Math.max(newest.start, Math.min(wanted, newest.end - HEAD)));
}

/**
 * The position beyond a gap that playback at `at` will not cross by itself, or null.
 *
 * Media time jumps when the studio or the connection was away; browsers wait for ever at such a place,
 * some with a little of the last range unplayed. `moving`: it does play, so let it play that.
 */
export function beyondGap(all: readonly Range[], at: Seconds, moving: boolean): Seconds | null {
  if (ahead(all, at) > (moving ? EDGE : HELD)) return null;
  const next = all.find((r) => r.start > at && r.end - r.start >= HEAD);
  return next ? seconds(next.start + 0.005) : null;
}

/** Kept behind the playhead; a little for a browser's own needs. */
const BEHIND = 10;
/** Never more than this at once: a paused page forgets the oldest. 600 s of Opus at 32 kbit/s are 2.4 MB. */
export const MOST_BUFFERED = 600;

/** What may be forgotten: everything before the returned time; null = not worth the while yet. */
export function forget(all: readonly Range[], at: Seconds): Seconds | null {
  const oldest = all[0];
  const newest = all.at(-1);
  if (!oldest || !newest) return null;
  const limit = Math.max(at - BEHIND, newest.end - MOST_BUFFERED);
  return limit - oldest.start > BEHIND ? seconds(limit) : null;
}
