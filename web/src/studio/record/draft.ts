/** Chapters while they are edited: rows with times as they are typed. Pure. */
import { timeOf } from "../../listen/replay/moment";
import { clockText } from "../../shared/time";
import { type Seconds, seconds } from "../../shared/units";
import type { Chapter } from "./protocol";

export interface Draft {
  /** The row's own, so that the focus stays where it is while others come and go. */
  readonly id: number;
  readonly time: string;
  readonly title: string;
}

/** A time as one reads and writes it: tenths only where there are any. */
export function timeText(at: Seconds): string {
  const tenths = Math.round(at * 10);
  return tenths % 10 === 0 ? clockText(tenths / 10) : `${clockText(tenths / 10)}.${tenths % 10}`;
}

export function draftsOf(chapters: readonly Chapter[], first = 0): Draft[] {
  return chapters.map(({ start_s, title }, place) => ({
    id: first + place,
    time: timeText(start_s),
    title,
  }));
}

/** What is wrong with a row, in words; null = nothing. */
export function wrong({ time, title }: Draft): string | null {
  if (timeOf(time) === null) return "Write the time as 1:02:03 or 12:30.";
  return title.trim() ? null : "Give the chapter a title.";
}

/** The chapters to keep; null while a row is wrong. */
export function chaptersOf(drafts: readonly Draft[]): Chapter[] | null {
  if (drafts.some((draft) => wrong(draft) !== null)) return null;
  const all = drafts.map(({ time, title }) => ({
    start_s: timeOf(time) ?? seconds(0),
    title: title.trim(),
  }));
  return all.sort((a, b) => a.start_s - b.start_s);
}

/** The clip that a link or an address ends in; null = none. */
export function clipIn(text: string): { readonly from_ms: number; readonly to_ms: number } | null {
  const found = /(?:^|\/)(\d{1,10})-(\d{1,10})(?:\.\w+)?(?:[?#].*)?$/.exec(text.trim());
  return found ? { from_ms: Number(found[1]), to_ms: Number(found[2]) } : null;
}
