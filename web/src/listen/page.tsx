import { useEffect } from "preact/hooks";
import { readersLanguage } from "../shared/language";
import { useModule } from "../shared/lazy";
import { Page, Row } from "../shared/ui/page";
import { AskToSpeak } from "./hand/ask-to-speak";
import { OnStage } from "./hand/on-stage";
import type { Speaker } from "./hand/speaker";
import { Head } from "./head";
import { useKeys } from "./hotkeys";
import { isReplay, type State } from "./machine";
import type { OtherWaysProps } from "./other-ways";
import type { Player } from "./player";
import { Speakers } from "./speakers";
import { Before } from "./view-before";
import { Live } from "./view-live";
import type { Watch } from "./watch";
import { moment } from "./when";
import { isLate, sentence } from "./words";
import "./controls.css";
import "./listen.css";

export interface View {
  readonly player: Player;
  readonly watch: Watch;
  readonly speaker: Speaker;
}

/** The listener's page: one address before, during and after a show. */
export function Listen({ player, watch, speaker }: View) {
  const state = player.state.value;
  const onStage = speaker.engine.value !== null;
  const title = state.card?.title;
  useKeys(player, !onStage);
  useEffect(() => {
    document.title = title ? `${title} · Viva Voce` : "Viva Voce";
  }, [title]);
  return (
    <Page home="/" footer={<p>No account, no cookies: you are counted, not known.</p>}>
      <Head state={state} />
      {onStage ? (
        <OnStage speaker={speaker} />
      ) : (
        <Sound player={player} watch={watch} speaker={speaker} />
      )}
      <Below state={state} player={player} speaker={speaker} onStage={onStage} />
    </Page>
  );
}

function Sound(view: View) {
  const { phase } = view.player.state.value;
  if (phase === "unknown") return <Saying {...view} />;
  if (phase === "before") return <Before {...view} />;
  return isReplay(phase) ? <Back {...view} /> : <Live {...view} />;
}

const replay = () => import("./view-replay");

function Back(view: View) {
  const module = useModule(replay);
  return module && <module.Replay {...view} />;
}

/** What is going on, in one sentence; the only thing here that a screen reader is told unasked. */
export function Saying({ player, watch }: Pick<View, "player" | "watch">) {
  const state = player.state.value;
  const now = watch.now.value;
  const starts = state.card?.starts_ms ?? null;
  const when = starts === null ? "" : moment(starts, now, readersLanguage());
  return (
    <p class="saying lead" role="status">
      {sentence(state, isLate(state.card, now), when)}
    </p>
  );
}

const rows = () => import("./replay/rows");

/** Comes with the replay: who listens live does not wait for it. */
function ReplayRows({ player, show }: { readonly player: Player; readonly show: string }) {
  const module = useModule(rows);
  return module && <module.Rows player={player} show={show} />;
}

const ways = () => import("./other-ways");

/** The last on the page, so it comes last. */
function LaterWays(props: OtherWaysProps) {
  const module = useModule(ways);
  return module && <module.OtherWays {...props} />;
}

interface BelowProps {
  readonly state: State;
  readonly player: Player;
  readonly speaker: Speaker;
  readonly onStage: boolean;
}

function Below({ state: { card, phase }, player, speaker, onStage }: BelowProps) {
  if (!card || phase === "unknown") return null;
  const live = card.state === "live";
  const studio = card.studio_url;
  const back = isReplay(phase);
  const gone = !live && (card.recorded === false || !player.records.sound);
  return (
    <div class="below">
      {live && !onStage && !back && <Speakers stage={card.stage} />}
      {back && !onStage && !gone && <ReplayRows player={player} show={card.show} />}
      {live && studio && <AskToSpeak speaker={speaker} studio={studio} />}
      {card.description && (
        <Row name="About this show">
          <p class="about" lang={card.language}>
            {card.description}
          </p>
        </Row>
      )}
      {phase !== "before" && !gone && <LaterWays show={card.show} live={live} replay={back} />}
    </div>
  );
}
