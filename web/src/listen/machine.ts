/**
 * What the listener's page is doing: a table of phases and events, events in, state and effects out.
 *
 * It knows no clock, no element and no network; `player.ts` carries its effects out.
 */
import type { ShowCard } from "../shared/protocol";
import { ROWS } from "./table";

export type Phase =
  | "unknown" // there is no such show
  | "before" // announced, not yet live
  | "ready" // live; waits for a press
  | "joining" // sound is asked for and not yet there
  | "live" // sound
  | "broken" // the connection was lost and is being sought again
  | "quiet" // the studio is away, the connection stands
  | "paused"
  | "ending" // the show is over, what is buffered still plays
  | "over" // the replay is on offer; from here on also: gone back in a live show
  | "cueing" // replay: sound is asked for and not yet there
  | "replaying"
  | "rested" // replay, paused
  | "stuck"; // replay: the connection was lost

/** How the sound comes: the push stream through MSE, or HLS. */
export type Door = "push" | "hls";

/** Why a source gave up: a broken answer or none, nothing from anywhere, a refusal because the show isn't live, or bytes that would not play. */
export type Cause = "connection" | "silence" | "not_live" | "media";

export type State = {
  readonly phase: Phase;
  readonly card: ShowCard | null;
  readonly doors: readonly Door[];
  readonly door: Door;
  /** A source is open or being opened; play needs no new one. */
  readonly tuned: boolean;
  /** The listener asked, before the start, to hear it when it begins. */
  readonly armed: boolean;
  /** The studio is there, as far as the edge knows. */
  readonly here: boolean;
  /** The page's own event stream is up. */
  readonly linked: boolean;
  readonly sounding: boolean;
  /** The listener chose to be behind live; nothing hurries them. */
  readonly shifted: boolean;
  /** Failures in a row; the wait before the next attempt grows with it. */
  readonly attempt: number;
  /** Failures of this door while the edge was to be reached. */
  readonly strikes: number;
};

export type Event =
  | { type: "card"; card: ShowCard }
  | { type: "missing" }
  | { type: "studio"; here: boolean }
  | { type: "link"; up: boolean }
  | { type: "online" }
  | { type: "press" }
  | { type: "pause" }
  | { type: "jump" }
  | { type: "rewind" }
  | { type: "refused" }
  | { type: "flowing" }
  | { type: "sound" }
  | { type: "dry" }
  | { type: "lost"; cause: Cause; after_ms: number }
  | { type: "finished" }
  | { type: "drained" }
  | { type: "weary" }
  | { type: "retry" };

export type Effect =
  | { do: "arm" } // unlock the element inside the gesture
  | { do: "open"; door: Door } // keep what is buffered, connect anew
  | { do: "close" } // drop the source and what it buffered
  | { do: "load" } // the replay, at the position where it was; of a live show too
  | { do: "play" }
  | { do: "pause" }
  | { do: "jump" } // to the newest sound
  | { do: "wait"; attempt: number } // then a `retry`
  | { do: "calm" } // forget the wait
  | { do: "finish" } // nothing more will come: play out what is there
  | { do: "look" }; // fetch the card

export type Step = readonly [State, readonly Effect[]];

/** The state of a page that opens on `card`. `doors` in order of preference, at least one. */
export function start(card: ShowCard | null, doors: readonly [Door, ...Door[]]): State {
  return {
    phase: opening(card),
    card,
    doors,
    door: doors[0],
    tuned: false,
    armed: false,
    here: true,
    linked: false,
    sounding: false,
    shifted: false,
    attempt: 0,
    strikes: 0,
  };
}

/** The one button means "pause". */
export const isPlaying = (phase: Phase): boolean => PLAYING.has(phase);
const PLAYING: ReadonlySet<Phase> = new Set<Phase>([
  "joining",
  "live",
  "broken",
  "quiet",
  "cueing",
  "replaying",
  "stuck",
]);

/** The replay, played or on offer. */
export const isReplay = (phase: Phase): boolean => REPLAY.has(phase);
const REPLAY: ReadonlySet<Phase> = new Set<Phase>([
  "over",
  "cueing",
  "replaying",
  "rested",
  "stuck",
]);

/** The show is over and was not recorded. */
const nothingToHear = ({ phase, card }: State): boolean =>
  phase === "over" && card?.recorded === false;

function opening(card: ShowCard | null): Phase {
  if (card?.state === "live") return "ready";
  return card?.state === "ended" ? "over" : "before";
}

/** One event. What the table has no row for changes nothing but the facts. */
export function step(state: State, event: Event): Step {
  if (event.type === "card" && state.card && event.card.version < state.card.version) {
    return [state, []]; // out of date: another edge was ahead
  }
  const noted = note(state, event);
  if (event.type === "missing")
    return [{ ...noted, phase: "unknown", tuned: false }, [{ do: "close" }]];
  if (event.type === "press" && nothingToHear(noted)) return [noted, []];
  const row = ROWS[state.phase][event.type] as ((s: State, e: Event) => Step) | undefined;
  if (!row) return [noted, []];
  const [next, effects] = row(noted, event);
  return [heard(next), effects];
}

/** Nobody waits for a sound that is there: one may press again before it is seen that it stopped. */
function heard(s: State): State {
  if (!s.sounding) return s;
  if (s.phase === "cueing") return { ...s, phase: "replaying", attempt: 0 };
  return s.phase === "joining" ? { ...s, phase: "live", attempt: 0 } : s;
}

/** The facts that an event tells, whatever the phase. */
function note(state: State, event: Event): State {
  switch (event.type) {
    case "card":
      return { ...state, card: event.card };
    case "studio":
      return { ...state, here: event.here };
    case "link":
      return { ...state, linked: event.up };
    case "sound":
      return { ...state, sounding: true };
    case "dry":
    case "drained":
      return { ...state, sounding: false };
    default:
      return state;
  }
}
