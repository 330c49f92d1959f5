/**
 * Playing time: what this page shows and `?t=` means. Pure; the twin of `record/playing.py`.
 *
 * Media time runs on while the studio is away; what nobody sent is left out of a replay. Playing time
 * is media time without these breaks. Whole milliseconds; ranges are half open.
 */
import { type Milli, milli } from "../../shared/units";

/** From and to; what is at the second is no longer in it. */
export type Span = readonly [Milli, Milli];

export class Playing {
  readonly breaks: readonly Span[];

  /** `breaks` in media time, in any order; they may overlap or be empty. */
  constructor(breaks: readonly Span[] = []) {
    this.breaks = merged(breaks);
  }

  /** The playing time of a moment; for one within a break, where it goes on. */
  of(media: Milli): Milli {
    let gone = 0;
    for (const [begin, end] of this.breaks) {
      if (begin >= media) break;
      gone += Math.min(end, media) - begin;
    }
    return milli(media - gone);
  }

  /** The moment that is heard at a playing time: at a break, the one after it. */
  media(playing: Milli): Milli {
    let media = playing as number;
    for (const [begin, end] of this.breaks) {
      if (begin > media) break;
      media += end - begin;
    }
    return milli(media);
  }

  /** Where a range of media time is heard; null if all of it lies within a break. */
  span([begin, end]: Span): Span | null {
    const heard: Span = [this.of(begin), this.of(end)];
    return heard[0] < heard[1] ? heard : null;
  }
}

/** The union: ascending, none empty, none touching another. */
export function merged(spans: readonly Span[]): readonly Span[] {
  const union: [Milli, Milli][] = [];
  for (const [begin, end] of [...spans].sort((a, b) => a[0] - b[0])) {
    if (begin >= end) continue;
    const last = union.at(-1);
    if (last && begin <= last[1]) last[1] = milli(Math.max(last[1], end));
    else union.push([begin, end]);
  }
  return union;
}
