import { useEffect, useRef } from "preact/hooks";
import { Icon } from "../shared/ui/icon";
import type { Player } from "./player";

/** Mute and volume. */
export function Volume({ player }: { readonly player: Player }) {
  const { volume, muted } = player.choices.value;
  const slider = useRef<HTMLInputElement>(null);
  useEffect(() => {
    slider.current?.style.setProperty("--at", String(muted ? 0 : volume));
  }, [volume, muted]);
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
      <input
        ref={slider}
        class="volume-level"
        type="range"
        min={0}
        max={100}
        step={5}
        value={muted ? 0 : Math.round(volume * 100)}
        aria-label="Volume"
        aria-valuetext={muted ? "muted" : `${Math.round(volume * 100)} percent`}
        onInput={(event) =>
          player.choose({ volume: Number(event.currentTarget.value) / 100, muted: false })
        }
      />
    </div>
  );
}
