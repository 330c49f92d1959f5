/** What the page of a clip came with (`deliver/clip_pages.py`). Pure. */
import { type Milli, type Seconds, seconds, toSeconds } from "../shared/units";

export interface Facts {
  readonly show: string;
  readonly title: string;
  readonly language: string;
  /** As in the addresses of its files. */
  readonly name: string;
  /** Playing time. */
  readonly from_ms: Milli;
  readonly to_ms: Milli;
  readonly names: string;
  /** One byte a part, Base64. */
  readonly peaks: string;
  /** Why it cannot be had, in words; empty if it can. */
  readonly problem: string;
}

/** What is heard before the clip by whoever wants to know how it came about. */
const CONTEXT_S = 15;

/** Where the show is to be played from, to hear the clip in its context. */
export function context({ from_ms }: Facts): Seconds {
  return seconds(Math.floor(Math.max(0, toSeconds(from_ms) - CONTEXT_S)));
}

export function peaksOf({ peaks }: Facts): Uint8Array {
  return Uint8Array.from(atob(peaks), (letter) => letter.charCodeAt(0));
}

/** The code that puts a stretch of a show into another page. */
export function frame(origin: string, { show, title, from_ms, to_ms }: Facts): string {
  const range = `${toSeconds(from_ms)},${toSeconds(to_ms)}`;
  const named = title.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
  return `<iframe src="${origin}/${show}/embed?t=${range}" width="560" height="220" title="${named}" style="border:0" loading="lazy" allow="autoplay"></iframe>`;
}
