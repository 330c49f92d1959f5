import { Crier } from "../shared/talk/crier";
import type { Engine } from "../shared/talk/engine";
import { MicrophoneRow, Verdict } from "../shared/talk/microphone-row";
import { Notices } from "../shared/talk/notices";
import { Recording } from "../shared/talk/recording";
import { ReturnRow } from "../shared/talk/return-row";
import { onAir, standing, type Talk } from "../shared/talk/state";
import { useTalkKeys } from "../shared/talk/use-keys";
import { headline } from "../shared/talk/words";
import { Thread } from "../shared/thread/thread";
import { spokenDuration } from "../shared/time";
import { Announce } from "../shared/ui/announce";
import { Page } from "../shared/ui/page";
import { Door } from "./door";
import { Tools, type ToolsProps } from "./tools";
import { advice } from "./words";
import "./room.css";

export interface RoomProps {
  readonly engine: Engine;
  readonly onLeave: () => void;
}

/** A speaker's page: where they are, how they sound, who else is here. */
export function Room({ engine, onLeave }: RoomProps) {
  const talk = engine.talk.value;
  if (talk.removed !== null) return <Door problem={{ code: "removed", message: talk.removed }} />;
  if (talk.link === "denied") return <Door problem={null} />;
  const title = talk.status?.card.title;
  return (
    <Page place="Stage">
      <header class="room-head">
        <StateLine engine={engine} />
        {title && <h1>{title}</h1>}
      </header>
      <Stage engine={engine} onLeave={onLeave} show={talk.status?.card.show} />
    </Page>
  );
}

/** The same without the page around it, for a listener who was let onto the stage. */
export function Stage({ engine, onLeave, show }: ToolsProps) {
  const talk = engine.talk.value;
  useTalkKeys(engine);
  const over = talk.status?.card.state === "ended";
  const open = talk.mic === "open" && talk.seat !== "taken" && !over;
  return (
    <>
      <Thread
        lamp={lit(talk) ? "on" : over ? "off" : "waiting"}
        level={open ? engine.level : undefined}
      />
      <Announce text={stateLine({ ...talk, pushing: false })} />
      <Crier engine={engine} />
      <Notices engine={engine} />
      {over ? (
        <Over talk={talk} />
      ) : (
        <>
          <Verdict engine={engine} />
          <p class="lead">{advice(talk)}</p>
          <Tools engine={engine} onLeave={onLeave} show={show} />
          <ReturnRow engine={engine} />
          <MicrophoneRow engine={engine} />
        </>
      )}
    </>
  );
}

/** Where this person is, in one line; the lamp's colour on air. */
export function StateLine({ engine }: { readonly engine: Engine }) {
  const talk = engine.talk.value;
  return (
    <>
      <p class={`room-state${lit(talk) ? " room-live" : ""}`}>{stateLine(talk)}</p>
      <Recording talk={talk} />
    </>
  );
}

/** Before the studio has said where this seat is, nothing is claimed. */
function stateLine(talk: Talk): string {
  return talk.you === null && talk.removed === null ? "Opening the stage…" : headline(talk);
}

function lit(talk: Talk): boolean {
  return standing(talk) !== null && onAir(talk) && talk.removed === null;
}

function Over({ talk }: { readonly talk: Talk }) {
  const duration_s = talk.status?.card.duration_s ?? null;
  return (
    <p class="lead">
      Thank you. {duration_s !== null && `The show lasted ${spokenDuration(duration_s)}.`}
    </p>
  );
}
