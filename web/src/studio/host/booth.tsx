import { useSignal } from "@preact/signals";
import type { Show } from "../../shared/protocol";
import { Crier } from "../../shared/talk/crier";
import type { Engine } from "../../shared/talk/engine";
import { MicrophoneRow, Verdict } from "../../shared/talk/microphone-row";
import { Notices } from "../../shared/talk/notices";
import { Recording } from "../../shared/talk/recording";
import { ReturnRow } from "../../shared/talk/return-row";
import { live, onAir } from "../../shared/talk/state";
import { useTalkKeys } from "../../shared/talk/use-keys";
import { announced, headline } from "../../shared/talk/words";
import { Thread } from "../../shared/thread/thread";
import { dateText } from "../../shared/time";
import { Announce } from "../../shared/ui/announce";
import { CopyField } from "../../shared/ui/copy-field";
import { Page, Row } from "../../shared/ui/page";
import { manages } from "../board/actions";
import { Board } from "../board/board";
import { Hands } from "../board/hands";
import { Closed } from "../closed";
import { Invitations } from "../invite/invitations";
import { Deleted } from "../record/deleted";
import { Before, Ended } from "../record/ended";
import { LiveChapters } from "../record/live-chapters";
import { Air } from "./air";
import { Controls } from "./controls";
import "./booth.css";

export interface BoothProps {
  readonly show: Show;
  readonly engine: Engine;
  readonly owner: boolean;
}

/** The host's page. Reads from the top as the work goes: state, sound, trouble, buttons, settings. */
export function Booth({ show, engine, owner }: BoothProps) {
  const talk = engine.talk.value;
  const deleted = useSignal<string | null>(null);
  useTalkKeys(engine);
  // First: the stage of a deleted show lets nobody in, which would be said otherwise.
  if (deleted.value !== null) return <Deleted words={deleted.value} owner={owner} />;
  if (talk.removed !== null) {
    return <Closed page="host" problem={{ code: "removed", message: talk.removed }} />;
  }
  if (talk.link === "denied") return <Closed page="host" problem={null} />;
  const card = talk.status?.card ?? show;
  const onLamp = onAir(talk);
  const open = talk.mic === "open" && talk.seat !== "taken" && card.state !== "ended";
  return (
    <Page place="Studio" {...(owner ? { home: "/" } : {})}>
      <header class="booth-head">
        <p class={`booth-state${onLamp ? " booth-live" : ""}`}>{headline(talk)}</p>
        <Recording talk={talk} />
        <h1 class="booth-title">{card.title}</h1>
      </header>
      <Thread
        lamp={onLamp ? "on" : card.state === "planned" ? "waiting" : "off"}
        level={open ? engine.level : undefined}
      />
      <Announce text={announced(talk)} />
      <Crier engine={engine} />
      <Notices engine={engine} />
      {card.state === "ended" ? (
        <Ended
          show={{ ...show, ...card }}
          owner={owner}
          onDeleted={(words) => {
            deleted.value = words;
          }}
        />
      ) : (
        <Work show={show} engine={engine} />
      )}
    </Page>
  );
}

/** From the voice to the links, while there is something to do. */
function Work({ show, engine }: Omit<BoothProps, "owner">) {
  const talk = engine.talk.value;
  return (
    <>
      <Verdict engine={engine} />
      {live(talk) ? <Air engine={engine} /> : <Planned card={talk.status?.card ?? show} />}
      {!live(talk) && (
        <div class="booth-switch">
          <Before show={show} engine={engine} />
        </div>
      )}
      <Controls show={show.show} engine={engine} />
      {manages(talk.you?.role ?? null) && (
        <>
          <Hands engine={engine} />
          <Board engine={engine} />
          {live(talk) && <LiveChapters show={show.show} />}
          <Invitations show={show.show} />
        </>
      )}
      <ReturnRow engine={engine} />
      <MicrophoneRow engine={engine} />
      <Row name="Listeners">
        <CopyField
          label="Listen link"
          value={show.listen_url}
          hint="Send it to everybody. It needs no account and stays the same for the replay."
        />
      </Row>
    </>
  );
}

/** What the card and the API both say of a show. */
type Dated = Pick<Show, "starts_ms">;

function Planned({ card }: { readonly card: Dated }) {
  return (
    <p class="lead">
      {card.starts_ms === null
        ? "Nobody hears you yet. Listeners see that the show has not begun."
        : `Announced for ${dateText(card.starts_ms)}. Nobody hears you until you go live.`}
    </p>
  );
}
