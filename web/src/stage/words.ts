/** What a speaker is told about where they are. Pure. */

import { held, live, silenced, standing, type Talk } from "../shared/talk/state";

/** Who can hear this person now, in one sentence. */
export function advice(talk: Talk): string {
  if (talk.you === null) return "";
  if (talk.mic !== "open") return "Allow the microphone, and say a few words to try it.";
  if (standing(talk) === "off") return "Nobody hears you. The host can let you in again.";
  if (!live(talk)) return before(standing(talk) === "air");
  if (standing(talk) === "green")
    return "Those in the green room hear you, listeners do not. The host brings you to air.";
  if (held(talk)) return "You are on air, but nobody hears you.";
  if (silenced(talk)) return "You are on air. Unmute yourself to be heard.";
  return talk.link === "open" && talk.seat === "in" ? "Everybody hears you." : "";
}

function before(first: boolean): string {
  const then = first
    ? "You are on air as soon as it begins."
    : "The host brings you to air when it is your turn.";
  return `The show has not begun. Those here hear each other. ${then}`;
}
