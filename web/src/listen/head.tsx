import { readersLanguage } from "../shared/language";
import { clockText, dateText } from "../shared/time";
import type { State } from "./machine";
import { hour } from "./when";

/** Title, who speaks, and when: said once, at the top, in every state. */
export function Head({ state: { card, phase } }: { readonly state: State }) {
  if (phase === "unknown") {
    return (
      <header class="head">
        <h1>No show here</h1>
      </header>
    );
  }
  const names = card?.stage.map(({ name }) => name).join(", ");
  return (
    <header class="head">
      <p class={`head-when figures${card?.state === "live" ? " head-live" : ""}`}>{when(card)}</p>
      <h1 lang={card?.language}>{card?.title ?? "A show"}</h1>
      {names && card?.state !== "live" && <p class="lead soft">with {names}</p>}
    </header>
  );
}

function when(card: State["card"]): string {
  if (!card) return "";
  const { state, starts_ms, epoch_ms, ended_ms, duration_s, recorded } = card;
  if (state === "live") {
    const since = epoch_ms === null ? "" : ` since ${hour(epoch_ms, readersLanguage())}`;
    return `On air${since}\u00a0· ${recorded ? "Recording" : "Not recorded"}`;
  }
  if (state === "planned") {
    return starts_ms === null ? "Soon" : dateText(starts_ms, readersLanguage());
  }
  const length = duration_s === null ? "" : `\u00a0· ${clockText(duration_s)}`;
  return `${dateText(epoch_ms ?? ended_ms ?? 0, readersLanguage())}${length}`;
}
