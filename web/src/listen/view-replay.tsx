import { useEffect } from "preact/hooks";
import { Thread } from "../shared/thread/thread";
import { clockText, spokenDuration } from "../shared/time";
import { Button } from "../shared/ui/button";
import { Switch } from "../shared/ui/field";
import { type Seconds, seconds, toSeconds } from "../shared/units";
import { isPlaying } from "./machine";
import { Saying, type View } from "./page";
import type { Player } from "./player";
import type { Span } from "./replay/playing";
import { Speed } from "./speed";
import { Volume } from "./volume";
import { action, position, until } from "./words";

const SKIP_S = 15;
/** A live show that one has gone back in grows. */
const RENEW_MS = 15_000;

/** The whole show afterwards, or so far; the thread is its seek bar, with the voices in it. */
export function Replay(view: View) {
  const { player } = view;
  const { phase, card } = player.state.value;
  const { records } = player;
  const live = card?.state === "live";
  const nothing = !live && (card?.recorded === false || !records.sound);
  useEffect(() => {
    if (nothing) return undefined;
    void records.load();
    const timer = live ? setInterval(() => void records.load(), RENEW_MS) : 0;
    return () => clearInterval(timer);
  }, [records, live, nothing]);
  const offered = phase === "over" && !nothing;
  useEffect(() => (offered ? soon(() => player.prime()) : undefined), [player, offered]);
  if (nothing) return <NotRecorded />;
  const at = player.position.value;
  const length = player.length.value;
  return (
    <>
      <Thread
        lamp={live ? "on" : "off"}
        level={() => (phase === "replaying" ? player.sound.level() : null)}
        shape={records.peaks.value}
        seek={{
          label: "Position in the show",
          duration_s: Math.max(length, 1),
          position_s: at,
          text: position(at, length),
          onSeek: (to) => player.seek(seconds(to)),
        }}
      >
        <Marks player={player} />
      </Thread>
      <div class="desk">
        <p class="giant figures">
          <span class="unseen">At </span>
          {clockText(at)}
          <span class="giant-of"> of {clockText(length)}</span>
        </p>
        <div class="desk-side">
          <Saying {...view} />
          <Remarks player={player} />
          <Controls player={player} live={live} />
        </div>
      </div>
    </>
  );
}

/** Once the page has done what it came for; returns what takes it back. */
function soon(work: () => void): () => void {
  // Safari has no idle time to give away.
  if (!("requestIdleCallback" in window)) {
    const timer = setTimeout(work, 200);
    return () => clearTimeout(timer);
  }
  const asked = requestIdleCallback(work, { timeout: 1000 });
  return () => cancelIdleCallback(asked);
}

function NotRecorded() {
  return (
    <>
      <Thread lamp="off" />
      <p class="saying lead" role="status">
        The show has ended. It was not recorded, so there is nothing to hear of it.
      </p>
    </>
  );
}

/** What the waveform cannot show by itself. */
function Marks({ player }: { readonly player: Player }) {
  const length = Math.max(player.length.value, 1);
  const { timeline, chapters } = player.records;
  const until = player.until.value;
  const mark = (kind: string, from: number, to: number) => (
    <span
      key={`${kind} ${from}`}
      class={`thread-mark thread-mark-${kind}`}
      style={{ "--from": String(from / length), "--to": String(to / length) }}
    />
  );
  return (
    <div aria-hidden="true">
      {timeline.value.taken.map(([from, to]) => mark("gone", toSeconds(from), toSeconds(to)))}
      {chapters.value.map(({ at }) => at > 0 && mark("chapter", at, at))}
      {until !== null && mark("range", player.since.value, until)}
    </div>
  );
}

/** What a listener should know of this record. */
function Remarks({ player }: { readonly player: Player }) {
  const { opening, taken } = player.records.timeline.value;
  const { linked } = player;
  const first = player.state.value.phase === "over";
  return (
    <>
      {linked && "problem" in linked && <p>{linked.problem}</p>}
      {first && opening > 0 && player.position.value === opening && (
        <p>
          {dead(opening)}{" "}
          <button type="button" class="link" onClick={() => player.playFrom(seconds(0))}>
            Play it too
          </button>
        </p>
      )}
      {taken.length > 0 && <p>{removed(taken)}</p>}
    </>
  );
}

const dead = (opening: Seconds) =>
  `Nobody speaks in the first ${spokenDuration(opening)}, so it begins after that.`;

function removed(taken: readonly Span[]): string {
  const each = taken.map(
    ([from, to]) =>
      `${until(Math.round((to - from) / 1000) * 1000)} at ${clockText(toSeconds(from))}`,
  );
  const list = new Intl.ListFormat("en").format(each);
  return `The host has removed ${list}: there it is silent.`;
}

function Controls({ player, live }: { readonly player: Player; readonly live: boolean }) {
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
          {first ? player.invitation() : action(phase, false)}
        </Button>
        {!first && (
          <>
            <Button kind="plain" icon="skip-back" onClick={() => skip(-SKIP_S)}>
              15 s<span class="unseen"> back</span>
            </Button>
            <Button kind="plain" icon="skip-on" onClick={() => skip(SKIP_S)}>
              15 s<span class="unseen"> on</span>
            </Button>
            <NextSpeaker player={player} />
          </>
        )}
        {live && (
          <Button kind="plain" icon="to-live" onClick={() => player.send({ type: "jump" })}>
            Go to live
          </Button>
        )}
      </div>
      <div class="control">
        {!first && <Volume player={player} />}
        <Speed player={player} />
      </div>
      {!first && (
        <Switch
          label="Skip silence"
          hint="Leaves out pauses of two seconds and more."
          checked={player.choices.value.skip}
          onChange={(on) => player.choose({ skip: on })}
        />
      )}
    </>
  );
}

function NextSpeaker({ player }: { readonly player: Player }) {
  const talk = player.records.talk.value;
  if (!talk || talk.voices.length < 2) return null;
  return (
    <Button kind="plain" icon="arrow" onClick={() => player.nextSpeaker(1)}>
      Next speaker
    </Button>
  );
}
