import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { HttpError } from "../../shared/http";
import { readersLanguage } from "../../shared/language";
import type { NewShow, Problem, Show } from "../../shared/protocol";
import { dateText } from "../../shared/time";
import { Button } from "../../shared/ui/button";
import { Field } from "../../shared/ui/field";
import { Notice } from "../../shared/ui/notice";
import { milli } from "../../shared/units";
import { api } from "../api";
import { LanguageField } from "./language-field";
import { type Faults, faultsOf, known, placeOf, startOf, zoneName } from "./new-show";
import { SeriesChoice } from "./series-choice";

export interface ShowFormProps {
  /** The show to change; without it a new one is made. */
  readonly show?: Show;
  readonly onDone: (show: Show) => void;
  readonly onCancel?: () => void;
}

/** Keeps a show, and puts it into its series. */
async function kept(show: Show | undefined, fields: NewShow, series: string | null): Promise<Show> {
  const made = await (show ? api.change(show.show, fields) : api.make(fields));
  if (made.series === series) return made;
  const moved = await api.change(made.show, { series });
  // The links of a new show are told once.
  return { ...moved, host_url: made.host_url, whip_token: made.whip_token };
}

/** The form of a show, new or to be changed. Only the title is needed. */
export function ShowForm({ show, onDone, onCancel }: ShowFormProps) {
  const start = placeOf(show?.starts_ms ?? null);
  const title = useSignal(show?.title ?? "");
  const description = useSignal(show?.description ?? "");
  const language = useSignal(show?.language ?? known(readersLanguage()));
  const date = useSignal(start.date);
  const time = useSignal(start.time);
  const series = useSignal(show?.series ?? "");
  const faults = useSignal<Faults>({});
  const problem = useSignal<Problem | null>(null);
  const busy = useSignal(false);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.querySelector("input")?.focus(), []);

  const faultless = (): boolean => {
    // A start that was set before and has passed meanwhile may stay as it is.
    const untouched = date.value === start.date && time.value === start.time;
    const now_ms = untouched && show ? milli(0) : milli(Date.now());
    faults.value = faultsOf(title.value, date.value, time.value, now_ms);
    return Object.keys(faults.value).length === 0;
  };
  const focusFault = () =>
    requestAnimationFrame(() =>
      form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus(),
    );
  const save = async () => {
    if (!faultless()) {
      focusFault();
      return;
    }
    busy.value = true;
    try {
      const fields = {
        title: title.value.trim(),
        description: description.value.trim(),
        language: language.value,
        starts_ms: startOf(date.value, time.value),
      };
      onDone(await kept(show, fields, series.value || null));
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      problem.value = error.problem;
    } finally {
      busy.value = false;
    }
  };

  const starts_ms = startOf(date.value, time.value);
  const zone = zoneName(starts_ms ?? milli(Date.now()));
  return (
    <form
      ref={form}
      noValidate
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <div class="field-title">
        <Field label="Title" error={faults.value.title}>
          {(control) => (
            <input
              {...control}
              maxLength={200}
              required
              autoComplete="off"
              value={title.value}
              onInput={(event) => {
                title.value = event.currentTarget.value;
              }}
            />
          )}
        </Field>
      </div>
      <Field
        label="What it is about"
        hint="Optional. Listeners read it before and during the show."
      >
        {(control) => (
          <textarea
            {...control}
            rows={3}
            maxLength={4000}
            value={description.value}
            onInput={(event) => {
              description.value = event.currentTarget.value;
            }}
          />
        )}
      </Field>
      <div class="new-show-pair">
        <Field label="Day" hint={`Optional. ${zone}.`} error={faults.value.start}>
          {(control) => (
            <input
              {...control}
              type="date"
              value={date.value}
              onInput={(event) => {
                date.value = event.currentTarget.value;
              }}
            />
          )}
        </Field>
        <Field label="Time" hint={starts_ms === null ? undefined : dateText(starts_ms)}>
          {(control) => (
            <input
              {...control}
              type="time"
              value={time.value}
              onInput={(event) => {
                time.value = event.currentTarget.value;
              }}
            />
          )}
        </Field>
      </div>
      <LanguageField chosen={language} />
      <SeriesChoice chosen={series} />
      {problem.value && <Notice title={problem.value.message} urgent />}
      <div class="cluster">
        <Button kind="solid" type="submit" disabled={busy.value}>
          {show ? "Save" : "Make the show"}
        </Button>
        {onCancel && (
          <Button kind="plain" onClick={onCancel}>
            Not now
          </Button>
        )}
      </div>
    </form>
  );
}
