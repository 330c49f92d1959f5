import { Button } from "../ui/button";
import type { Engine } from "./engine";
import { held } from "./state";

/** One's own mute. Whoever was muted by others sees it, and cannot undo it. */
export function MuteButton({ engine }: { readonly engine: Engine }) {
  const talk = engine.talk.value;
  const by = held(talk);
  const muted = by || talk.muted;
  return (
    <Button
      kind={muted ? "solid" : "line"}
      icon={muted ? "mic-off" : "mic"}
      aria-pressed={muted}
      aria-keyshortcuts="M"
      disabled={talk.mic !== "open" || by}
      onClick={(event) => {
        engine.mute(!muted);
        // After a click of the pointer the space bar is push-to-talk again, not this button.
        if (event.detail > 0) event.currentTarget.blur();
      }}
    >
      {by ? "Held muted" : muted ? "Unmute" : "Mute"}
    </Button>
  );
}

/** The keys, for those who have a keyboard. */
export function TalkKeys() {
  return (
    <span class="small soft controls-key">
      <kbd>M</kbd> mutes, <kbd>Space</kbd> held down talks while muted
    </span>
  );
}
