import { type Signal, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { AskForMicrophone } from "../../shared/talk/ask-for-microphone";
import type { Engine } from "../../shared/talk/engine";
import type { Mic } from "../../shared/talk/microphone";
import { MuteButton, TalkKeys } from "../../shared/talk/mute-button";
import { live, type Talk } from "../../shared/talk/state";
import { Ask } from "../../shared/ui/ask";
import { Button } from "../../shared/ui/button";
import { Notice } from "../../shared/ui/notice";
import { api } from "../api";

/** What the page is asking: nothing, whether to go live unheard, whether to end. */
type Question = "none" | "live" | "end";

export interface ControlsProps {
  readonly show: string;
  readonly engine: Engine;
}

/** Go live; then mute and end. Both questions are asked in the page. */
export function Controls({ show, engine }: ControlsProps) {
  const question = useSignal<Question>("none");
  const busy = useSignal(false);
  const talk = engine.talk.value;
  const run = async (call: () => Promise<unknown>) => {
    busy.value = true;
    question.value = "none";
    await engine.attempt(call);
    busy.value = false;
  };
  const close = () => {
    question.value = "none";
  };
  const goLive = () => run(() => api.start(show));
  const { problem } = talk;
  return (
    <div class="controls">
      {problem && talk.seat !== "waiting" && <Notice title={problem.message} urgent />}
      {question.value === "live" && (
        <Ask
          title="Nothing was heard from your microphone yet."
          yes="Go live anyway"
          no="Check the microphone"
          onYes={() => void goLive()}
          onNo={close}
        />
      )}
      {question.value === "end" && (
        <Ask
          title="End the show for everybody?"
          yes="End the show"
          no="Keep talking"
          onYes={() => void run(() => api.end(show))}
          onNo={close}
        />
      )}
      {question.value === "none" && (
        <div class="cluster">
          {live(talk) ? (
            <LiveButtons engine={engine} busy={busy.value} question={question} />
          ) : (
            <BeforeAir engine={engine}>
              <Button
                kind={FIRST.has(talk.mic) ? "line" : "solid"}
                big
                disabled={busy.value || talk.link !== "open"}
                onClick={() => {
                  if (heardEnough(talk)) void goLive();
                  else question.value = "live";
                }}
              >
                Go live
              </Button>
            </BeforeAir>
          )}
        </div>
      )}
    </div>
  );
}

// Before the microphone is asked for, asking is the thing to do next, and going live is not.
const FIRST: ReadonlySet<Mic> = new Set(["unasked", "asking"]);

interface BeforeAirProps {
  readonly engine: Engine;
  readonly children: ComponentChildren;
}

function BeforeAir({ engine, children }: BeforeAirProps) {
  const { mic } = engine.talk.value;
  if (!FIRST.has(mic)) return <>{children}</>;
  return (
    <>
      <AskForMicrophone engine={engine} big />
      {children}
      <p class="small soft controls-hint">
        Your browser asks whether this page may use it. Nothing goes on air yet.
      </p>
    </>
  );
}

function heardEnough(talk: Talk): boolean {
  return talk.mic === "open" && talk.heard && talk.seat === "in";
}

interface LiveButtonsProps {
  readonly engine: Engine;
  readonly busy: boolean;
  readonly question: Signal<Question>;
}

function LiveButtons({ engine, busy, question }: LiveButtonsProps) {
  return (
    <>
      {FIRST.has(engine.talk.value.mic) ? (
        <AskForMicrophone engine={engine} />
      ) : (
        <MuteButton engine={engine} />
      )}
      <Button
        icon="stop"
        disabled={busy}
        onClick={() => {
          question.value = "end";
        }}
      >
        End show
      </Button>
      <TalkKeys />
    </>
  );
}
