import { Thread } from "../shared/thread/thread";
import { clockText } from "../shared/time";
import { Button } from "../shared/ui/button";
import { seconds } from "../shared/units";
import { isPlaying } from "./machine";
import { Saying, type View } from "./page";
import type { Player } from "./player";
import { Speed } from "./speed";
import { Volume } from "./volume";
import { action, position } from "./words";

const SKIP_S = 15;

/** The whole show afterwards; the thread is its seek bar. */
export function Replay(view: View) {
  const { player } = view;
  const { phase } = player.state.value;
  const at = player.position.value;
  const length = player.length.value;
  return (
    <>
      <Thread
        lamp="off"
        level={() => (phase === "replaying" ? player.sound.level() : null)}
        seek={{
          label: "Position in the show",
          duration_s: Math.max(length, 1),
          position_s: at,
          text: position(at, length),
          onSeek: (to) => player.seek(seconds(to)),
        }}
      />
      <div class="desk">
        <p class="giant figures">
          <span class="unseen">At </span>
          {clockText(at)}
          <span class="giant-of"> of {clockText(length)}</span>
        </p>
        <div class="desk-side">
          <Saying {...view} />
          <Controls player={player} />
        </div>
      </div>
    </>
  );
}

function Controls({ player }: { readonly player: Player }) {
  const { phase } = player.state.value;
  const skip = (by: number) => player.seek(seconds(player.position.value + by));
  const first = phase === "over";
  return (
    <>
      <div class="control">
        <Button
          kind={isPlaying(phase) ? "line" : "solid"}
          big={first}
          icon={isPlaying(phase) ? "pause" : "play"}
          onClick={() => player.toggle()}
        >
          {action(phase, false)}
        </Button>
        {!first && (
          <>
            <Button kind="plain" icon="skip-back" onClick={() => skip(-SKIP_S)}>
              15 s<span class="unseen"> back</span>
            </Button>
            <Button kind="plain" icon="skip-on" onClick={() => skip(SKIP_S)}>
              15 s<span class="unseen"> on</span>
            </Button>
          </>
        )}
      </div>
      <div class="control">
        {!first && <Volume player={player} />}
        <Speed player={player} />
      </div>
    </>
  );
}
