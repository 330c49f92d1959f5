/** A listener's hand: a table of where it is, and nothing else. Pure. */

import type { HandIs, Problem } from "../../shared/protocol";

/**
 * - `down`: not raised
 * - `form`: the listener writes who and what about
 * - `asking`: the studio was asked
 * - `waiting`: in the queue
 * - `called`: the host said yes; the listener has not come yet
 * - `stage`: on the stage, in whatever standing
 */
export type Phase = "down" | "form" | "asking" | "waiting" | "called" | "stage";

export interface Hand {
  readonly phase: Phase;
  /** 1 is next; 0 before it is known. */
  readonly place: number;
  readonly of: number;
  /** How it ended last time, in words. */
  readonly word: string;
  readonly problem: Problem | null;
}

export type Event =
  | { readonly type: "ask" }
  | { readonly type: "cancel" }
  | { readonly type: "sent" }
  | { readonly type: "raised" }
  | { readonly type: "refused"; readonly problem: Problem }
  | { readonly type: "news"; readonly news: HandIs }
  | { readonly type: "come" }
  | { readonly type: "left"; readonly word: string };

export const DOWN: Hand = { phase: "down", place: 0, of: 0, word: "", problem: null };

type Row = Partial<Record<Event["type"], Phase>>;

const NEXT: Readonly<Record<Phase, Row>> = {
  down: { ask: "form", raised: "waiting" },
  form: { cancel: "down", sent: "asking" },
  asking: { raised: "waiting", refused: "form" },
  waiting: { cancel: "down", left: "down" },
  called: { come: "stage", cancel: "down", left: "down" },
  stage: { left: "down" },
};

const ENDS: Readonly<Record<HandIs["state"], string>> = {
  waiting: "",
  accepted: "",
  declined: "The host could not take your question this time.",
  lowered: "Your hand is down.",
};

export function step(hand: Hand, event: Event): Hand {
  if (event.type === "news") return stepNews(hand, event.news);
  const phase = NEXT[hand.phase][event.type];
  if (phase === undefined) return hand;
  const problem = event.type === "refused" ? event.problem : null;
  const word = event.type === "left" ? event.word : "";
  return { ...(phase === "waiting" ? hand : DOWN), phase, word, problem };
}

function stepNews(hand: Hand, { state, place, of }: HandIs): Hand {
  if (hand.phase !== "waiting" && hand.phase !== "called") return hand;
  if (state === "waiting") return { ...hand, phase: "waiting", place, of };
  if (state === "accepted") return { ...DOWN, phase: "called" };
  return { ...DOWN, word: ENDS[state] };
}

/** "You are next." "You are 3rd of 7." */
export function placeText({ place, of }: Hand, language = "en"): string {
  if (place <= 0) return "";
  if (place === 1) return of > 1 ? `You are next; ${of - 1} after you.` : "You are next.";
  return `You are ${ordinal(place, language)} of ${of}.`;
}

const SUFFIX: Readonly<Record<string, string>> = { one: "st", two: "nd", few: "rd", other: "th" };

function ordinal(place: number, language: string): string {
  const rule = new Intl.PluralRules(language, { type: "ordinal" }).select(place);
  return `${place}${SUFFIX[rule] ?? "th"}`;
}
