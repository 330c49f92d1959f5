import { Button } from "../ui/button";
import { Field, Switch } from "../ui/field";
import { Notice } from "../ui/notice";
import { Row } from "../ui/page";
import { Slider } from "../ui/slider";
import type { Engine } from "./engine";
import { live, standing } from "./state";

/** What comes back: how loud the others are, and in the green room whether the programme too. */
export function ReturnRow({ engine }: { readonly engine: Engine }) {
  const talk = engine.talk.value;
  const percent = Math.round(engine.heard.volume.value * 100);
  return (
    <Row name="The others">
      {engine.heard.blocked.value && (
        <Notice title="Your browser waits for a press before it plays sound." urgent>
          <Button icon="sound" onClick={() => engine.heard.play()}>
            Hear the others
          </Button>
        </Notice>
      )}
      <Field
        label="How loud you hear them"
        hint="Wear headphones, so that nobody hears themselves."
      >
        {(control) => (
          <Slider
            {...control}
            max={100}
            step={5}
            value={percent}
            aria-valuetext={`${percent} percent`}
            onInput={(event) => engine.heard.setVolume(Number(event.currentTarget.value) / 100)}
          />
        )}
      </Field>
      {live(talk) && standing(talk) === "green" && (
        <Switch
          label="Also hear the programme"
          hint="What listeners hear now, under the voices of the green room."
          checked={engine.programme.value}
          onChange={(wanted) => engine.hearProgramme(wanted)}
        />
      )}
    </Row>
  );
}
