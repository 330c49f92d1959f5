import { Thread } from "../shared/thread/thread";
import { clockText } from "../shared/time";
import { Button } from "../shared/ui/button";
import { FAR } from "./latency";
import { isPlaying, type Phase } from "./machine";
import { Saying, type View } from "./page";
import type { Player } from "./player";
import { Volume } from "./volume";
import { action, behindText } from "./words";

/** No voice can be on its way to this page. */
const AWAY: ReadonlySet<Phase> = new Set<Phase>(["broken", "quiet", "ending"]);

/** A show on the air: one press, then the voice moves the thread. */
export function Live(view: View) {
  const { player, watch } = view;
  const { phase, card, here } = player.state.value;
  const epoch = card?.epoch_ms ?? null;
  const on = here && !AWAY.has(phase);
  return (
    <>
      <Thread lamp={on ? "on" : "off"} level={() => player.sound.level()} />
      <div class="desk">
        {epoch !== null && (
          <p class="giant figures" role="timer" aria-label="Time on air">
            {clockText((watch.now.value - epoch) / 1000)}
          </p>
        )}
        <div class="desk-side">
          <Saying {...view} />
          <Controls player={player} phase={phase} />
          <Behind player={player} phase={phase} />
        </div>
      </div>
    </>
  );
}

interface Part {
  readonly player: Player;
  readonly phase: Phase;
}

function Controls({ player, phase }: Part) {
  const label = action(phase, false);
  const first = phase === "ready";
  const kind = first || phase === "paused" ? "solid" : "line";
  const icon = isPlaying(phase) ? "pause" : "play";
  return (
    <div class="control">
      {label && (
        <Button kind={kind} big={first} icon={icon} onClick={() => player.toggle()}>
          {label}
        </Button>
      )}
      {!first && <Volume player={player} />}
    </div>
  );
}

/** How far behind live, and the way back when it is far. Its line is kept free: nothing jumps about. */
function Behind({ player, phase }: Part) {
  const behind = player.steering.behind.value;
  const known = behind !== null && (phase === "live" || phase === "paused");
  if (phase === "ready") return null;
  return (
    <div class="behind cluster">
      {known && <span class="figures soft">{behindText(behind)}</span>}
      {known && (behind > FAR || phase === "paused") && (
        <Button kind="plain" icon="to-live" onClick={() => player.send({ type: "jump" })}>
          Go to live
        </Button>
      )}
    </div>
  );
}
