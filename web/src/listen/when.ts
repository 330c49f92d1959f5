/** Moments as a listener reads them: in their own zone and language. Pure. */
import { dateText } from "../shared/time";

/** Nearer than this, the hour alone says which day. */
const SAME_DAY_MS = 12 * 3_600_000;

/** "20:00". */
export function hour(at_ms: number, language?: string, timeZone?: string): string {
  const zone = timeZone ? { timeZone } : {};
  return new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", ...zone }).format(
    at_ms,
  );
}

/** "at 20:00", or with its day when that is not the nearest: "on Sat 21 November at 20:00 CET". */
export function moment(
  at_ms: number,
  now_ms: number,
  language?: string,
  timeZone?: string,
): string {
  if (Math.abs(at_ms - now_ms) < SAME_DAY_MS) return `at ${hour(at_ms, language, timeZone)}`;
  return `on ${dateText(at_ms, language, timeZone)}`;
}
