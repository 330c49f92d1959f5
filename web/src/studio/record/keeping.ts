/** How long recordings are kept, as choices and in words. Pure. */

import { count } from "../../shared/time";
import { sizeText } from "./export-words";
import type { Removed } from "./protocol";

export interface Choice {
  readonly choice: string;
  readonly words: string;
}

const DEFAULT = "default";
const DAYS: readonly number[] = [7, 30, 90, 365];

/** The value in a list of choices of `keep_days`: 0 is for ever, `null` as the settings have it. */
export function choiceOf(days: number | null): string {
  return days === null ? DEFAULT : String(days);
}

/** The `keep_days` of a choice. */
export function daysOf(choice: string): number | null {
  return choice === DEFAULT ? null : Number(choice);
}

/** All choices, with the one that was set elsewhere if it is none of ours. */
export function choices(now: number | null): Choice[] {
  const days = [...DAYS];
  if (now !== null && now > 0 && !days.includes(now)) days.push(now);
  days.sort((one, other) => one - other);
  return [
    { choice: DEFAULT, words: "As this installation does" },
    { choice: "0", words: "For ever" },
    ...days.map((day) => ({ choice: String(day), words: `For ${count(day, "day")}` })),
  ];
}

/** What was deleted, in words. */
export function went({ title, bytes }: Removed): string {
  const parts = (["programme", "tracks", "exports"] as const)
    .filter((part) => bytes[part] > 0)
    .map((part) => `${part} (${sizeText(bytes[part])})`);
  return `“${title}” was deleted for good${parts.length > 0 ? `: ${parts.join(", ")}` : ""}.`;
}
