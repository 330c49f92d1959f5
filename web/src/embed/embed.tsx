import { useEffect } from "preact/hooks";
import { isPlaying, isReplay } from "../listen/machine";
import type { Player } from "../listen/player";
import type { Watch } from "../listen/watch";
import { moment } from "../listen/when";
import { action, isLate, position, sentence } from "../listen/words";
import { readersLanguage } from "../shared/language";
import { Thread } from "../shared/thread/thread";
import { clockText } from "../shared/time";
import { Button } from "../shared/ui/button";
import { seconds } from "../shared/units";
import "../shared/base.css";
import "./embed.css";

interface EmbedProps {
  readonly player: Player;
  readonly watch: Watch;
}

/** The show in somebody else's page: its title, one button, one line. */
export function Embed({ player, watch }: EmbedProps) {
  const { card } = player.state.value;
  const ended = card?.state === "ended";
  const gone = ended && (card.recorded === false || !player.records.sound);
  useEffect(() => {
    if (ended && !gone) void player.records.load();
  }, [player, ended, gone]);
  // Other people's pages are not made to fetch sound; whoever comes near wants to hear it.
  const near = () => {
    if (!gone) player.prime();
  };
  return (
    <main class="embed" onPointerEnter={near} onFocusIn={near}>
      <header class="embed-head">
        <h1 class="embed-title" lang={card?.language}>
          <a href={`/${card?.show}${location.search}`} target="_blank" rel="noopener">
            {card?.title}
          </a>
        </h1>
        <span class="embed-mark">Viva Voce</span>
      </header>
      <Line player={player} />
      <Foot player={player} watch={watch} gone={gone} />
    </main>
  );
}

function Line({ player }: { readonly player: Player }) {
  const { phase, card } = player.state.value;
  const live = card?.state === "live";
  const level = () => player.sound.level();
  if (!isReplay(phase)) return <Thread lamp={live ? "on" : "off"} level={level} />;
  const length = Math.max(player.length.value, 1);
  const at = player.position.value;
  return (
    <Thread
      lamp="off"
      shape={player.records.peaks.value}
      seek={{
        label: "Position in the show",
        duration_s: length,
        position_s: at,
        text: position(at, length),
        onSeek: (to) => player.seek(seconds(to)),
      }}
    />
  );
}

interface FootProps extends EmbedProps {
  /** The show has ended, and nothing of it can be heard. */
  readonly gone: boolean;
}

function Foot({ player, watch, gone }: FootProps) {
  const state = player.state.value;
  const { phase, card } = state;
  const now = watch.now.value;
  const label = phase === "over" ? player.invitation() : action(phase, state.armed);
  const starts = card?.starts_ms ?? null;
  const when = starts === null ? "" : moment(starts, now, readersLanguage());
  const clock = isReplay(phase) && phase !== "over";
  return (
    <div class="embed-foot">
      {label && !gone && (
        <Button
          kind={isPlaying(phase) ? "line" : "solid"}
          icon={isPlaying(phase) ? "pause" : "play"}
          onClick={() => player.toggle()}
        >
          {label}
        </Button>
      )}
      {clock && (
        <span class="figures">
          {clockText(player.position.value)}
          <span class="soft"> of {clockText(player.length.value)}</span>
        </span>
      )}
      <p class={clock ? "unseen" : "small soft"} role="status">
        {gone ? "This show was not recorded." : sentence(state, isLate(card, now), when)}
      </p>
    </div>
  );
}
