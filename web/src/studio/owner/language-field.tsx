import type { Signal } from "@preact/signals";
import { readersLanguage } from "../../shared/language";
import { Field, Select } from "../../shared/ui/field";
import { languages } from "./new-show";

/** The language spoken, out of a list that has the reader's own first. */
export function LanguageField({ chosen }: { readonly chosen: Signal<string> }) {
  return (
    <Field label="Language spoken">
      {(control) => (
        <Select>
          <select
            {...control}
            value={chosen.value}
            onChange={(event) => {
              chosen.value = event.currentTarget.value;
            }}
          >
            {languages(readersLanguage(), chosen.value).map(({ tag, name }) => (
              <option key={tag} value={tag}>
                {name}
              </option>
            ))}
          </select>
        </Select>
      )}
    </Field>
  );
}
