/** Times as people type them. Pure. */

import { type Milli, milli } from "../../shared/units";

/** Reads `1:02:03.5`, `62:03` or `3723`; `null` for what is no time. */
export function timeOf(text: string): Milli | null {
  const trimmed = text.trim();
  if (!/^(\d{1,6}:){0,2}\d{1,6}(\.\d{1,3})?$/.test(trimmed)) return null;
  const seconds = trimmed.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
  return milli(Math.round(seconds * 1000));
}
