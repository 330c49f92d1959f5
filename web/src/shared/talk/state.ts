/** All that a page with a microphone knows of its seat, and what can be read out of it. Pure. */

import type { People, Person, Problem, RaisedHand, Standing, Status, You } from "../protocol";
import { type Milli, milli, type Seconds, seconds } from "../units";
import type { Verdict } from "./level";
import type { Mic } from "./microphone";
import type { Seat } from "./seat";

/** `denied`: the studio answers, but this window may not in any more. */
export type Link = "connecting" | "open" | "lost" | "denied";

export interface Talk {
  readonly link: Link;
  readonly mic: Mic;
  readonly seat: Seat;
  /** When the current attempt to be heard began. */
  readonly offered_ms: Milli | null;
  /** When the next one is due; only while `seat` is `waiting`. */
  readonly again_ms: Milli | null;
  /** Attempts since sound last got through. */
  readonly failures: number;
  /** The last attempt reached the studio, but its sound did not: most likely UDP is blocked. */
  readonly blocked: boolean;
  /** This person's own wish. */
  readonly muted: boolean;
  /** The key of push-to-talk is held down. */
  readonly pushing: boolean;
  readonly verdict: Verdict;
  /** Whether this microphone has been heard at all since it was opened. */
  readonly heard: boolean;
  /** Since when the studio has heard nothing from us although it should. */
  readonly unheard_ms: Milli | null;
  readonly status: Status | null;
  /** When `status` came. */
  readonly status_ms: Milli;
  readonly you: You | null;
  readonly people: People | null;
  /** What was said when this seat was taken away; nothing follows it. */
  readonly removed: string | null;
  readonly problem: Problem | null;
}

// Below this the studio hears nothing but a quiet room; for this long, it is no pause for thought.
export const UNHEARD_DB = -58;
export const UNHEARD_MS = 8_000;

export function firstState(secure: boolean): Talk {
  return {
    link: "connecting",
    mic: secure ? "unasked" : "insecure",
    seat: "out",
    offered_ms: null,
    again_ms: null,
    failures: 0,
    blocked: false,
    muted: false,
    pushing: false,
    verdict: "silent",
    heard: false,
    unheard_ms: null,
    status: null,
    status_ms: milli(0),
    you: null,
    people: null,
    removed: null,
    problem: null,
  };
}

// Nothing can be said, but the others can be heard.
const VOICELESS: ReadonlySet<Mic> = new Set(["refused", "absent", "busy", "unplugged", "failed"]);

/** Whether this page has no microphone, and will not have one without its person's help. */
export function voiceless(talk: Talk): boolean {
  return VOICELESS.has(talk.mic);
}

/** Whether the page should take its seat now: with its microphone, or without one, to hear. */
export function wantsSeat(talk: Talk): boolean {
  const ready = talk.mic === "open" || voiceless(talk);
  const open = talk.link === "open" && ready && talk.seat === "out";
  return open && !over(talk) && talk.you?.standing !== "out" && talk.status !== null;
}

export function live(talk: Talk): boolean {
  return talk.status?.card.state === "live";
}

/** Nothing more can be said here: the show has ended, or the seat was taken away. */
export function over(talk: Talk): boolean {
  return talk.removed !== null || talk.status?.card.state === "ended";
}

/** Where this seat stands; `null` before the studio has said so. */
export function standing(talk: Talk): Standing | null {
  return talk.you?.standing ?? null;
}

/** Whether listeners can hear this seat: the show is live and the seat on air. */
export function onAir(talk: Talk): boolean {
  return live(talk) && (standing(talk) ?? "air") === "air";
}

/** Muted by somebody else: it cannot be undone here. */
export function held(talk: Talk): boolean {
  return talk.you?.mute === "held";
}

/** Whether the microphone is to send nothing. */
export function silenced(talk: Talk): boolean {
  return held(talk) || (talk.muted && !talk.pushing);
}

/** This seat among the people. */
export function self(talk: Talk): Person | null {
  return talk.people?.seats.find(({ seat }) => seat === talk.you?.seat) ?? null;
}

export function hands(talk: Talk): readonly RaisedHand[] {
  return talk.people?.hands ?? [];
}

/** How long the show has been on air; the clock runs on between two words of the studio. */
export function onAirFor(talk: Talk, now_ms: Milli): Seconds | null {
  const told = talk.status?.on_air_s ?? null;
  return told === null ? null : seconds(told + Math.max(0, now_ms - talk.status_ms) / 1000);
}

/** Whether the studio has heard nothing for so long that the person must be told. */
export function unheard(talk: Talk, now_ms: Milli): boolean {
  return talk.unheard_ms !== null && now_ms - talk.unheard_ms >= UNHEARD_MS;
}
