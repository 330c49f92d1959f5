/** Whether a show is recorded, in the words that everybody reads: on stage and listening. Pure. */

import type { ShowCard } from "./protocol";

/** Empty where there is nothing to say. */
export function recordedText({ state, recorded }: Pick<ShowCard, "state" | "recorded">): string {
  switch (state) {
    case "planned":
      return recorded ? "Will be recorded" : "Will not be recorded";
    case "live":
      return recorded ? "Recording" : "Not recorded";
    default:
      return recorded ? "" : "Not recorded";
  }
}
