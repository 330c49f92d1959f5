import type { Player } from "./player";
import { SPEEDS } from "./remember";

/** How fast the replay plays: the voice keeps its pitch. */
export function Speed({ player }: { readonly player: Player }) {
  const chosen = player.choices.value.speed;
  return (
    <fieldset class="speed figures">
      <legend class="soft small">Speed</legend>
      {SPEEDS.map((speed) => (
        <label key={speed}>
          <input
            class="unseen"
            type="radio"
            name="speed"
            value={speed}
            checked={speed === chosen}
            aria-label={`${speed} times`}
            onChange={() => player.choose({ speed })}
          />
          <span aria-hidden="true">{speed}×</span>
        </label>
      ))}
    </fieldset>
  );
}
