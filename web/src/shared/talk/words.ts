/** How things stand, in one line each. Pure. */

import type { Verdict } from "./level";
import { silenced, standing, type Talk, voiceless } from "./state";

export const VERDICTS: Readonly<Record<Verdict, string>> = {
  silent: "No sound. Say something.",
  quiet: "Too quiet. Come closer or speak up.",
  good: "Good level.",
  loud: "Too loud. Step back a little.",
};

/** Where the microphone stands, in one line under the meter. */
export function seatLine(talk: Talk): string {
  if (talk.mic !== "open") return "";
  switch (talk.seat) {
    case "in":
      return silenced(talk) ? "Nobody hears you." : `The studio hears you${levelText(talk)}.`;
    case "elsewhere":
    case "taken":
      return "This microphone is not in use.";
    default:
      return talk.status?.card.state === "ended" ? "" : "Connecting your microphone…";
  }
}

function levelText(talk: Talk): string {
  const level_db = talk.status?.level_db ?? null;
  return level_db === null || level_db < -90
    ? ""
    : ` at ${Math.round(level_db)} dB`.replace("-", "−");
}

/** The one sentence at the head of the page. */
export function headline(talk: Talk): string {
  if (talk.removed !== null) return "You are off the show";
  switch (talk.status?.card.state) {
    case "live":
      return standing(talk) === "green" || standing(talk) === "off" ? besides(talk) : heard(talk);
    case "ended":
      return "The show is over";
    case "planned":
      return talk.you?.role === "speaker" ? besides(talk) : "Not on air yet";
    default:
      return "Opening the studio…";
  }
}

function heard(talk: Talk): string {
  if (silenced(talk)) return "On air, muted";
  const there = talk.seat === "in" || talk.seat === "mending";
  return there && !voiceless(talk) ? "You are on air" : "On air, without you";
}

function besides(talk: Talk): string {
  return standing(talk) === "off" ? "You are off the stage" : "You are in the green room";
}

/** What a screen reader is told of it: push-to-talk is no news to the person who pushes. */
export function announced(talk: Talk): string {
  return headline({ ...talk, pushing: false });
}
