/** What the page says, in plain words. Pure: state and time in, sentences out. */
import type { ShowCard } from "../shared/protocol";
import { count } from "../shared/time";
import type { Phase, State } from "./machine";

/** The sentence under the thread; what a screen reader hears when it changes. */
export function sentence(state: State, late: boolean, starts: string): string {
  switch (state.phase) {
    case "unknown":
      return "There is no show at this address. Perhaps a letter of the link was lost: ask whoever sent it.";
    case "before":
      return beforehand(state.card, state.armed, late, starts);
    case "ready":
      return "The show is on.";
    case "broken":
      return "The connection broke. Trying again…";
    case "stuck":
      return "The connection broke. The replay goes on from here when it is back…";
    case "over":
      return "The show has ended.";
    case "joining":
      return state.here ? "Getting the sound…" : QUIET;
    case "cueing":
      return "Getting the sound…";
    case "replaying":
      return state.card?.state === "live" ? REWOUND : AT_REST.replaying;
    case "rested":
      return state.card?.state === "live" ? "Paused. The show goes on." : AT_REST.rested;
    case "quiet":
      return QUIET;
    case "live":
      return state.card?.filler ? FILLER : AT_REST.live;
    default:
      return AT_REST[state.phase];
  }
}

const QUIET = "The studio has gone quiet. The show goes on when it returns.";

const REWOUND = "You are listening to what was said before. The show goes on.";

const FILLER =
  "Nobody is on air at the moment. You hear a calm sound until somebody is; there is nothing wrong.";

const AT_REST: Readonly<Record<"live" | "paused" | "ending" | "replaying" | "rested", string>> = {
  live: "You are listening live.",
  paused: "Paused. The show goes on.",
  ending: "The show has ended. These are its last seconds.",
  replaying: "You are listening to the replay.",
  rested: "The replay is paused.",
};

function beforehand(card: ShowCard | null, armed: boolean, late: boolean, starts: string): string {
  if (!card) return "Looking for the show…";
  const then = armed ? "Keep this page open, and you will hear it." : "This page starts by itself.";
  if (card.starts_ms === null) return `The host has not said when it begins. ${then}`;
  if (late) return `It was to begin ${starts}. The host is not on air yet. ${then}`;
  return then;
}

/** The card is past its announced minute, and nobody is on air. */
export function isLate(card: ShowCard | null, now_ms: number): boolean {
  return card?.state === "planned" && card.starts_ms !== null && now_ms >= card.starts_ms;
}

/** "2 days 3 hours", "3 hours 5 minutes", "4 minutes 10 seconds": the two largest units that say something. */
export function until(span_ms: number): string {
  const whole = Math.max(0, Math.ceil(span_ms / 1000));
  const units: ReadonlyArray<readonly [number, string]> = [
    [Math.floor(whole / 86_400), "day"],
    [Math.floor(whole / 3600) % 24, "hour"],
    [Math.floor(whole / 60) % 60, "minute"],
    [whole % 60, "second"],
  ];
  const first = units.findIndex(([number]) => number > 0);
  if (first < 0) return count(0, "second");
  return units
    .slice(first, first + 2)
    .filter(([number]) => number > 0)
    .map(([number, noun]) => count(number, noun))
    .join(" ");
}

/** "12 minutes 5 seconds of 40 minutes": the replay's slider, read aloud. */
export function position(at_s: number, of_s: number): string {
  return `${exact(at_s)} of ${exact(of_s)}`;
}

function exact(duration_s: number): string {
  const whole = Math.max(0, Math.floor(duration_s));
  const parts: string[] = [];
  if (whole >= 3600) parts.push(count(Math.floor(whole / 3600), "hour"));
  if (Math.floor(whole / 60) % 60 > 0) parts.push(count(Math.floor(whole / 60) % 60, "minute"));
  if (whole % 60 > 0 || parts.length === 0) parts.push(count(whole % 60, "second"));
  return parts.join(" ");
}

/** "0.9 s behind live"; whole seconds when nobody cares for tenths any more. */
export function behindText(behind_s: number): string {
  const shown = Math.max(0, behind_s);
  if (shown < 10) return `${shown.toFixed(1)} s behind live`;
  return shown < 60 ? `${Math.round(shown)} s behind live` : `${until(shown * 1000)} behind live`;
}

/** The one action of a phase: what its big button says; null = nothing to press. */
export function action(phase: Phase, armed: boolean): string | null {
  switch (phase) {
    case "before":
      return armed ? null : "Listen when it begins";
    case "ready":
      return "Listen";
    case "paused":
      return "Go on";
    case "over":
      return "Play the whole show";
    case "rested":
      return "Play";
    case "unknown":
    case "ending":
      return null;
    default:
      return "Pause";
  }
}
