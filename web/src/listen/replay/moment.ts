/** Links to a moment and to a range: `?t=1:02:03`, `?t=3723`, `?t=12.5,40`. Pure. */
import { clockText } from "../../shared/time";
import { type Seconds, seconds } from "../../shared/units";

/** Where a link points to, in playing time. */
export interface Wish {
  readonly at: Seconds;
  /** A range's end. */
  readonly to: Seconds | null;
}

/** What is wrong with a link, in words. */
export interface Wrong {
  readonly problem: string;
}

const CLOCK = /^(?:(?:(\d{1,3}):)?([0-5]?\d):)?([0-5]?\d(?:\.\d{1,3})?)$/;
const PLAIN = /^\d{1,7}(?:\.\d{1,3})?s?$/;

/** "1:02:03", "62:03" is not one of ours, "3723", "3723.5", "90s"; null = no time. */
export function timeOf(text: string): Seconds | null {
  const trimmed = text.trim();
  if (PLAIN.test(trimmed)) return seconds(Number.parseFloat(trimmed));
  const found = CLOCK.exec(trimmed);
  if (!found) return null;
  const [, hours = "0", minutes = "0", rest = "0"] = found;
  return seconds(Number(hours) * 3600 + Number(minutes) * 60 + Number(rest));
}

/** What `?t=` says; null where there is none. `length` of the show, where it is known. */
export function wish(search: string, length: Seconds | null): Wish | Wrong | null {
  const text = new URLSearchParams(search).get("t");
  if (text === null) return null;
  const [first = "", second, ...more] = text.split(",");
  const at = timeOf(first);
  const to = second === undefined ? null : timeOf(second);
  if (at === null || more.length > 0 || (second !== undefined && to === null)) {
    return { problem: "The time in this link cannot be read. It looks like 1:02:03 or 3723." };
  }
  if (length !== null && at >= length) {
    const problem = `This link points to ${clockText(at)}, but the show is ${clockText(length)} long.`;
    return { problem };
  }
  if (to !== null && to <= at) {
    return { problem: "The range in this link ends before it begins." };
  }
  return { at, to: to !== null && length !== null ? seconds(Math.min(to, length)) : to };
}

/** The link to a moment, or to a range, of the page at `page` (its address without a query). */
export function linkTo(page: string, at: Seconds, to: Seconds | null = null): string {
  const end = to === null ? "" : `,${written(to)}`;
  return `${page}?t=${written(at)}${end}`;
}

/** As few letters as carry it: clock time for whole seconds, decimals for the rest. */
function written(at: Seconds): string {
  const ms = Math.round(Math.max(0, at) * 1000);
  return ms % 1000 === 0 ? clockText(ms / 1000) : String(ms / 1000);
}
