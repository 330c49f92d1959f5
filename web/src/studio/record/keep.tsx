import { useSignal } from "@preact/signals";
import { HttpError } from "../../shared/http";
import type { Show } from "../../shared/protocol";
import { Field, Select } from "../../shared/ui/field";
import { Notice } from "../../shared/ui/notice";
import { api } from "../api";
import { choiceOf, choices, daysOf } from "./keeping";

/** How long the recording stays. */
export function Keep({ show }: { readonly show: Show }) {
  const days = useSignal(show.keep_days);
  const problem = useSignal<string | null>(null);
  const change = async (wanted: number | null) => {
    try {
      days.value = (await api.change(show.show, { keep_days: wanted })).keep_days;
      problem.value = null;
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      problem.value = error.problem.message;
    }
  };
  return (
    <div class="stack-tight">
      <Field label="Keep the recording">
        {(control) => (
          <Select>
            <select
              {...control}
              value={choiceOf(days.value)}
              onChange={(event) => void change(daysOf(event.currentTarget.value))}
            >
              {choices(days.value).map(({ choice, words }) => (
                <option key={choice} value={choice}>
                  {words}
                </option>
              ))}
            </select>
          </Select>
        )}
      </Field>
      {problem.value && <Notice title={problem.value} urgent />}
    </div>
  );
}
