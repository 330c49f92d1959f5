/** In which order an owner reads the shows, and what stands beside each. Pure. */

import type { Show, State } from "../../shared/protocol";
import { dateText, spokenDuration } from "../../shared/time";

const RANK: Readonly<Record<State, number>> = { live: 0, planned: 1, ended: 2 };

type Dated = Pick<Show, "state" | "starts_ms" | "epoch_ms" | "created_ms" | "duration_s">;

/** Live first; planned by date, those without one first; ended, the newest first. */
export function ordered<T extends Dated>(shows: readonly T[]): T[] {
  return [...shows].sort((one, other) => {
    const rank = RANK[one.state] - RANK[other.state];
    if (rank !== 0) return rank;
    if (one.state === "planned") return (one.starts_ms ?? 0) - (other.starts_ms ?? 0);
    return began(other) - began(one);
  });
}

function began(show: Dated): number {
  return show.epoch_ms ?? show.created_ms;
}

/** When it is or was: for the margin beside its title. */
export function whenOf(show: Dated, language?: string, timeZone?: string): string {
  switch (show.state) {
    case "live":
      return "On air";
    case "planned":
      return show.starts_ms === null ? "No date yet" : dateText(show.starts_ms, language, timeZone);
    case "ended": {
      const day = dayText(began(show), language, timeZone);
      return show.duration_s === null ? day : `${day} · ${spokenDuration(show.duration_s)}`;
    }
  }
}

function dayText(at_ms: number, language?: string, timeZone?: string): string {
  return new Intl.DateTimeFormat(language, {
    day: "numeric",
    month: "long",
    year: "numeric",
    ...(timeZone ? { timeZone } : {}),
  }).format(at_ms);
}
