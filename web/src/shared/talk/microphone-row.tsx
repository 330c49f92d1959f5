import { Field, Select, Switch } from "../ui/field";
import { Row } from "../ui/page";
import type { Engine } from "./engine";
import type { Mic } from "./microphone";
import { silenced } from "./state";
import { seatLine, VERDICTS } from "./words";

/** The caption of the thread: how loud the voice is, in words, and whether the studio hears it. */
export function Verdict({ engine }: { readonly engine: Engine }) {
  const talk = engine.talk.value;
  if (talk.mic !== "open") return null;
  return (
    <p class="verdict">
      <strong>{silenced(talk) ? "Muted." : VERDICTS[talk.verdict]}</strong>{" "}
      <span class="soft figures">{seatLine(talk)}</span>
    </p>
  );
}

// Before it was asked for, a browser does not say which microphones there are.
const UNKNOWN: ReadonlySet<Mic> = new Set(["insecure", "unasked", "asking"]);

/** Choosing another microphone, and how its sound is treated. */
export function MicrophoneRow({ engine }: { readonly engine: Engine }) {
  const talk = engine.talk.value;
  const choice = engine.mic.choice.value;
  if (UNKNOWN.has(talk.mic) && engine.mic.devices.value.length === 0) return null;
  return (
    <Row name="Microphone">
      <Field label="Take the sound from">
        {(control) => (
          <Select>
            <select
              {...control}
              value={choice.deviceId ?? ""}
              onChange={(event) =>
                void engine.open({ ...choice, deviceId: event.currentTarget.value || null })
              }
            >
              <option value="">The one this device prefers</option>
              {engine.mic.devices.value.map((device) => (
                <option key={device.deviceId} value={device.deviceId}>
                  {device.label || "A microphone"}
                </option>
              ))}
            </select>
          </Select>
        )}
      </Field>
      <Switch
        label="Music"
        hint="Sends the sound as it is, without echo cancelling and noise suppression. Wear headphones."
        checked={choice.music}
        onChange={(music) => void engine.open({ ...choice, music })}
      />
    </Row>
  );
}
