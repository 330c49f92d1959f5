import { Thread } from "../shared/thread/thread";
import { clockText } from "../shared/time";
import { Button } from "../shared/ui/button";
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
          <Rewind player={player} />
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

/** Shorter than this there is nothing to go back to. */
const LEAST_S = 5;
const BACK_S = 15;

/** Back into what was said, while it goes on. */
function Rewind({ player }: { readonly player: Player }) {
  const { linked, state } = player;
  if (state.value.card?.recorded === false || player.length.value < LEAST_S) return null;
  const to = linked && "at" in linked ? linked : null;
  return (
    <div class="control">
      {to && (
        <Button icon="play" onClick={() => player.playFrom(to.at, to.to)}>
          Play from {clockText(to.at)}
        </Button>
      )}
      {linked && "problem" in linked && <p>{linked.problem}</p>}
      <Button kind="plain" icon="skip-back" onClick={() => player.rewind(BACK_S)}>
        15 s back
      </Button>
      <Button
        kind="plain"
        icon="back"
        onClick={() => player.playFrom(player.records.timeline.value.opening)}
      >
        From the beginning
      </Button>
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
      {known && (player.steering.far.value || phase === "paused") && (
        <Button kind="plain" icon="to-live" onClick={() => player.send({ type: "jump" })}>
          Go to live
        </Button>
      )}
    </div>
  );
}
