/** How each event changes what a page knows of its seat. Pure: events carry the time. */

import { delay_ms } from "../backoff";
import type { Problem, StageDown, Status, You } from "../protocol";
import { type Milli, milli } from "../units";
import type { Verdict } from "./level";
import { type MicEvent, turn } from "./microphone";
import { move, type Seat, type SeatEvent } from "./seat";
import { type Link, onAir, silenced, type Talk, UNHEARD_DB } from "./state";

export type Down = StageDown;

interface Moment {
  readonly now_ms: Milli;
  readonly random: number;
}

export type Event =
  | { readonly type: "mic"; readonly event: MicEvent }
  | { readonly type: "level"; readonly verdict: Verdict }
  | { readonly type: "link"; readonly link: Link }
  | { readonly type: "offered"; readonly now_ms: Milli }
  | ({ readonly type: "lost" } & Moment)
  | { readonly type: "stalled"; readonly now_ms: Milli }
  | { readonly type: "broken" }
  | { readonly type: "flowing" }
  | ({ readonly type: "tick" } & Moment)
  | { readonly type: "muted"; readonly muted: boolean }
  | { readonly type: "push"; readonly pushing: boolean }
  | ({ readonly type: "down"; readonly down: Down } & Moment)
  | { readonly type: "problem"; readonly problem: Problem | null };

// Ten seconds is the most that it may take to say that UDP is blocked; a slow handshake takes 3.
export const LATE_MS = 8_000;
// A round trip to the studio and a check take a tenth of it.
export const MEND_MS = 800;
const RETRY = { first_ms: 400, most_ms: 6_000 };

export function step(talk: Talk, event: Event): Talk {
  switch (event.type) {
    case "mic":
      return stepMic(talk, event.event);
    case "level":
      return { ...talk, verdict: event.verdict, heard: talk.heard || event.verdict !== "silent" };
    case "link":
      return stepLink(talk, event.link);
    case "offered":
      return { ...seated(talk, "offered"), offered_ms: event.now_ms };
    case "lost":
      return again(seated(talk, "lost"), event);
    case "stalled":
      if (talk.seat !== "in") return talk;
      return { ...seated(talk, "stalled"), offered_ms: event.now_ms };
    case "broken":
      return seated(talk, "broken");
    case "flowing":
      return seated(talk, "flowing");
    case "tick":
      return stepTick(talk, event);
    case "muted":
      return { ...talk, muted: event.muted, unheard_ms: null };
    case "push":
      return event.pushing === talk.pushing ? talk : { ...talk, pushing: event.pushing };
    case "down":
      return stepDown(talk, event.down, event);
    case "problem":
      return { ...talk, problem: event.problem };
  }
}

function stepMic(talk: Talk, event: MicEvent): Talk {
  const mic = turn(talk.mic, event);
  if (mic === talk.mic) return talk;
  if (mic === "open") return { ...talk, mic, heard: false, verdict: "silent" };
  return { ...talk, mic, verdict: "silent" };
}

function stepLink(talk: Talk, link: Link): Talk {
  if (link === "open") return { ...talk, link };
  return { ...seated(talk, "dropped"), link, unheard_ms: null };
}

function stepTick(talk: Talk, moment: Moment): Talk {
  const trying = talk.seat === "offering" || talk.seat === "joining";
  if (trying && talk.offered_ms !== null && moment.now_ms - talk.offered_ms >= LATE_MS) {
    return { ...again(seated(talk, "late"), moment), blocked: true };
  }
  if (talk.seat === "mending" && moment.now_ms - (talk.offered_ms ?? 0) >= MEND_MS)
    return seated(talk, "late");
  if (talk.again_ms !== null && moment.now_ms >= talk.again_ms) return seated(talk, "again");
  return talk;
}

function stepDown(talk: Talk, down: Down, moment: Moment): Talk {
  switch (down.type) {
    case "status":
      return stepStatus(talk, down, moment.now_ms);
    case "answer":
      return seated(talk, "answered");
    case "media":
      if (down.state === "connected")
        return { ...seated(talk, "connected"), failures: 0, blocked: false };
      return down.state === "lost" ? again(seated(talk, "lost"), moment) : talk;
    case "taken":
      return { ...seated(talk, "taken"), unheard_ms: null };
    case "error":
      return stepError(talk, down, moment);
    case "people":
      return { ...talk, people: down };
    case "you":
      return stepYou(talk, down);
    case "removed":
      return { ...seated(talk, "left"), removed: down.message, pushing: false };
  }
}

const REFUSALS: ReadonlySet<Seat> = new Set(["offering", "joining"]);

function stepError(talk: Talk, problem: Problem, moment: Moment): Talk {
  if (problem.code === "seat_taken") return seated(talk, "occupied");
  if (talk.seat === "mending") return seated(talk, "refused");
  const told = { ...talk, problem: { code: problem.code, message: problem.message } };
  if (problem.code === "media_unreachable")
    return { ...again(seated(talk, "late"), moment), blocked: true };
  return REFUSALS.has(talk.seat) ? again(seated(told, "refused"), moment) : told;
}

/** A mute by others becomes one's own wish: who is released stays muted until they say otherwise. */
function stepYou(talk: Talk, you: You): Talk {
  return { ...talk, you, muted: talk.muted || (you.mute !== "open" && !talk.pushing) };
}

function stepStatus(talk: Talk, status: Status, now_ms: Milli): Talk {
  if (talk.status && status.card.version < talk.status.card.version) return talk;
  const deaf = (status.level_db ?? Number.NEGATIVE_INFINITY) < UNHEARD_DB;
  const next = { ...kept(talk, status), status, status_ms: now_ms };
  const speaks = next.seat === "in" && next.mic === "open" && !silenced(next);
  const silent = speaks && onAir(next) && deaf;
  return {
    ...next,
    // A page that is loaded again while muted stays muted.
    muted: talk.status === null ? status.muted : talk.muted,
    unheard_ms: silent ? (talk.unheard_ms ?? now_ms) : null,
  };
}

/** The seat as the studio knows it: it may have started again, or given the seat away meanwhile. */
function kept(talk: Talk, status: Status): Talk {
  if (status.card.state === "ended") return seated(talk, "left");
  if ((talk.seat !== "in" && talk.seat !== "mending") || status.seat === "mine") return talk;
  return seated(talk, status.seat === "free" ? "forgotten" : "taken");
}

function seated(talk: Talk, event: SeatEvent): Talk {
  const seat = move(talk.seat, event);
  if (seat === talk.seat) return talk;
  const trying = seat === "offering" || seat === "joining" || seat === "mending";
  return {
    ...talk,
    seat,
    offered_ms: trying ? talk.offered_ms : null,
    again_ms: null,
    problem: seat === "in" ? null : talk.problem,
  };
}

/** Plans the next attempt of a seat that has just begun to wait. */
function again(talk: Talk, { now_ms, random }: Moment): Talk {
  if (talk.seat !== "waiting" || talk.again_ms !== null) return talk;
  const wait = delay_ms(talk.failures, RETRY, random);
  return { ...talk, failures: talk.failures + 1, again_ms: milli(now_ms + wait) };
}
