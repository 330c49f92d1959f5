import { useSignal } from "@preact/signals";
import { useCallback, useEffect } from "preact/hooks";
import { HttpError } from "../../shared/http";
import type { Show } from "../../shared/protocol";
import { dateText } from "../../shared/time";
import { Field, Select } from "../../shared/ui/field";
import { Notice } from "../../shared/ui/notice";
import { api } from "../api";
import { choiceOf, choices, daysOf } from "./keeping";

/** How long the recording stays. */
export function Keep({ show }: { readonly show: Show }) {
  const now = useSignal<Show | null>(null);
  const problem = useSignal<string | null>(null);
  const told = useCallback(
    async (answer: Promise<Show>) => {
      try {
        now.value = await answer;
        problem.value = null;
      } catch (error) {
        if (!(error instanceof HttpError)) throw error;
        problem.value = error.problem.message;
      }
    },
    [now, problem],
  );
  useEffect(() => {
    void told(api.show(show.show));
  }, [show.show, told]);
  const { keep_days: days, deleted_ms } = now.value ?? show;
  return (
    <div class="stack-tight">
      <Field
        label="Keep the recording"
        hint={
          deleted_ms === null
            ? "Nothing deletes it but you."
            : `It will be deleted by itself: ${dateText(deleted_ms)}.`
        }
      >
        {(control) => (
          <Select>
            <select
              {...control}
              value={choiceOf(days)}
              onChange={(event) =>
                void told(api.change(show.show, { keep_days: daysOf(event.currentTarget.value) }))
              }
            >
              {choices(days).map(({ choice, words }) => (
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
