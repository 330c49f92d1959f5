import { Icon } from "../shared/ui/icon";
import { Slider } from "../shared/ui/slider";
import type { Player } from "./player";

/** Mute and volume. */
export function Volume({ player }: { readonly player: Player }) {
  const { volume, muted } = player.choices.value;
  const percent = muted ? 0 : Math.round(volume * 100);
  return (
    <div class="volume">
      <button
        type="button"
        class="volume-mute"
        aria-pressed={muted}
        aria-label="Mute"
        title={muted ? "Unmute" : "Mute"}
        onClick={() => player.choose({ muted: !muted })}
      >
        <Icon name={muted ? "sound-off" : "sound"} size={24} />
      </button>
      <Slider
        max={100}
        step={5}
        value={percent}
        aria-label="Volume"
        aria-valuetext={muted ? "muted" : `${percent} percent`}
        onInput={(event) =>
          player.choose({ volume: Number(event.currentTarget.value) / 100, muted: false })
        }
      />
    </div>
  );
}
