import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { HttpError } from "../../shared/http";
import { readersLanguage } from "../../shared/language";
import { Button } from "../../shared/ui/button";
import { Field, Switch } from "../../shared/ui/field";
import { Notice } from "../../shared/ui/notice";
import { LanguageField } from "./language-field";
import { known } from "./new-show";
import { ALL, type Series, seriesApi } from "./series-api";

export interface SeriesFormProps {
  /** Its name; `null`: a new series. */
  readonly name: string | null;
  readonly was: Series | null;
  readonly onDone: (series: Series) => void;
  readonly onCancel: () => void;
}

/** What podcast apps are told of a series, or of all shows. */
export function SeriesForm({ name, was, onDone, onCancel }: SeriesFormProps) {
  const title = useSignal(was?.title ?? "");
  const description = useSignal(was?.description ?? "");
  const author = useSignal(was?.author ?? "");
  const category = useSignal(was?.category ?? "Society & Culture");
  const language = useSignal(was?.language ?? known(readersLanguage()));
  const explicit = useSignal(was?.explicit ?? false);
  const problem = useSignal<string | null>(null);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.querySelector("input")?.focus(), []);
  const save = async () => {
    const fields = {
      title: title.value.trim(),
      description: description.value.trim(),
      author: author.value.trim(),
      category: category.value.trim(),
      language: language.value,
      explicit: explicit.value,
    };
    try {
      onDone(await (name === null ? seriesApi.make(fields) : seriesApi.put(name, fields)));
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      problem.value = error.problem.message;
    }
  };
  const texts = [
    { label: "Title", hint: undefined, text: title, most: 200 },
    { label: "What it is about", hint: "Optional.", text: description, most: 4000 },
    {
      label: "Who makes it",
      hint: "Optional. Apps show it below the title.",
      text: author,
      most: 200,
    },
    {
      label: "Category",
      hint: "One of Apple’s, such as “Arts” or “News: Politics”.",
      text: category,
      most: 100,
    },
  ];
  return (
    <form
      ref={form}
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      {name === ALL && !was && (
        <p class="small soft">
          Every recorded show, also those before, can then be found in this podcast by anybody.
        </p>
      )}
      {texts.map(({ label, hint, text, most }) => (
        <Field key={label} label={label} hint={hint}>
          {(control) => (
            <input
              {...control}
              required={text === title}
              maxLength={most}
              autoComplete="off"
              value={text.value}
              onInput={(event) => {
                text.value = event.currentTarget.value;
              }}
            />
          )}
        </Field>
      ))}
      <LanguageField chosen={language} />
      <Switch
        label="Explicit"
        hint="Not for children; podcast apps ask for it."
        checked={explicit.value}
        onChange={(on) => {
          explicit.value = on;
        }}
      />
      {problem.value && <Notice title={problem.value} urgent />}
      <div class="cluster">
        <Button kind="solid" type="submit">
          {was ? "Save" : "Make the podcast"}
        </Button>
        <Button kind="plain" onClick={onCancel}>
          Not now
        </Button>
      </div>
    </form>
  );
}
