import { useComputed } from "@preact/signals";
import type { Engine } from "../../shared/talk/engine";
import { onAirFor } from "../../shared/talk/state";
import { clockText, count, spokenDuration } from "../../shared/time";

/** Time on air, and how many listen: with what is counted beside it, always. */
export function Air({ engine }: { readonly engine: Engine }) {
  const whole = useComputed(() =>
    Math.floor(onAirFor(engine.talk.value, engine.clock.value) ?? 0),
  ).value;
  const { link, status } = engine.talk.value;
  const listening = status?.listening;
  return (
    <dl class="air">
      <div>
        <dt class="small soft">Time on air</dt>
        <dd>
          <span class="air-time figures" aria-hidden="true">
            {clockText(whole)}
          </span>
          <span class="unseen">{spokenDuration(whole)}</span>
        </dd>
      </div>
      {listening && (
        <div>
          <dt class="small soft">
            {link === "open" ? "Listening now" : "Listening when last heard of"}
          </dt>
          <dd>
            <span class="air-count figures">{listening.players.toLocaleString()}</span>
            <span class="unseen"> {count(listening.players, "player")}. </span>
            <p class="small soft air-definition">{listening.definition}</p>
          </dd>
        </div>
      )}
    </dl>
  );
}
