import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Button } from "../../shared/ui/button";
import { Field } from "../../shared/ui/field";
import { Notice } from "../../shared/ui/notice";
import { Row } from "../../shared/ui/page";
import { placeText } from "./hand";
import type { Speaker } from "./speaker";
import "../../shared/talk/talk.css";

export interface AskToSpeakProps {
  readonly speaker: Speaker;
  readonly studio: string;
}

/** A listener's way to the stage: the hand, the queue, the call. */
export function AskToSpeak({ speaker, studio }: AskToSpeakProps) {
  useEffect(() => speaker.resume(studio), [speaker, studio]);
  const hand = speaker.hand.value;
  switch (hand.phase) {
    case "down":
      return (
        <Row name="Speak">
          {hand.word && <Notice title={hand.word} />}
          {window.isSecureContext ? (
            <Button icon="hand" onClick={() => speaker.send({ type: "ask" })}>
              Ask to speak
            </Button>
          ) : (
            <Insecure />
          )}
        </Row>
      );
    case "form":
    case "asking":
      return <HandForm speaker={speaker} studio={studio} />;
    case "waiting":
      return (
        <Row name="Speak">
          <p class="lead" role="status">
            Your hand is up. {placeText(hand)}
          </p>
          <p class="soft">Keep listening. This page tells you when it is your turn.</p>
          <Button onClick={() => speaker.lower()}>Lower my hand</Button>
        </Row>
      );
    case "called":
      return <Called speaker={speaker} />;
    case "stage":
      return null;
  }
}

function Insecure() {
  return (
    <p class="soft">
      You could ask to speak here, but this page came without HTTPS, and a browser gives such a page
      no microphone. Open the show at its https address to speak.
    </p>
  );
}

function Called({ speaker }: { readonly speaker: Speaker }) {
  const go = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    const title = document.title;
    document.title = "It is your turn";
    go.current?.focus();
    return () => {
      document.title = title;
    };
  }, []);
  return (
    <Row name="Speak">
      <Notice title="It is your turn: the host has let you in." urgent>
        <p>Your browser asks for the microphone. Wear headphones if you can.</p>
      </Notice>
      <div class="cluster">
        <Button ref={go} kind="solid" big icon="mic" onClick={() => void speaker.come()}>
          Go on stage
        </Button>
        <Button kind="plain" onClick={() => speaker.lower()}>
          Not now
        </Button>
      </div>
    </Row>
  );
}

function HandForm({ speaker, studio }: AskToSpeakProps) {
  const name = useSignal("");
  const about = useSignal("");
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.querySelector("input")?.focus(), []);
  const { phase, problem } = speaker.hand.value;
  const raise = () => {
    const wish = { name: name.value.trim(), about: about.value.trim() };
    if (wish.name) speaker.raise(studio, wish);
  };
  return (
    <Row name="Ask to speak">
      <form
        ref={form}
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          raise();
        }}
      >
        <Field label="Your name" hint="The host sees it now; listeners, once you speak.">
          {(control) => (
            <input
              {...control}
              required
              maxLength={80}
              autoComplete="name"
              value={name.value}
              onInput={(event) => {
                name.value = event.currentTarget.value;
              }}
            />
          )}
        </Field>
        <Field label="What about, in one line" hint="Only the host reads it.">
          {(control) => (
            <input
              {...control}
              maxLength={200}
              autoComplete="off"
              value={about.value}
              onInput={(event) => {
                about.value = event.currentTarget.value;
              }}
            />
          )}
        </Field>
        {problem && <Notice title={problem.message} urgent />}
        <div class="cluster">
          <Button kind="solid" type="submit" icon="hand" disabled={phase === "asking"}>
            Raise my hand
          </Button>
          <Button kind="plain" onClick={() => speaker.send({ type: "cancel" })}>
            Not now
          </Button>
        </div>
      </form>
    </Row>
  );
}
