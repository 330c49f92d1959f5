import { useSignal } from "@preact/signals";
import { useCallback, useEffect } from "preact/hooks";
import { HttpError } from "../../shared/http";
import { clockText, dateText } from "../../shared/time";
import { Ask } from "../../shared/ui/ask";
import { Button } from "../../shared/ui/button";
import { Field } from "../../shared/ui/field";
import { Notice } from "../../shared/ui/notice";
import { milli } from "../../shared/units";
import { api } from "../api";
import type { NewTakedown, TakenDown } from "./protocol";
import { timeOf } from "./range";

/** Takes a range of the recording down, and lists what was. */
export function Takedown({ show }: { readonly show: string }) {
  const list = useSignal<readonly TakenDown[]>([]);
  const problem = useSignal<string | null>(null);
  const told = useCallback(
    async (answer: Promise<TakenDown[]>) => {
      try {
        list.value = await answer;
        problem.value = null;
      } catch (error) {
        if (!(error instanceof HttpError)) throw error;
        problem.value = error.problem.message;
      }
    },
    [list, problem],
  );
  useEffect(() => {
    void told(api.takenDown(show));
  }, [show, told]);
  return (
    <div class="stack-tight">
      <Wanted onTake={(range) => void told(api.takeDown(show, range))} />
      {problem.value && <Notice title={problem.value} urgent />}
      {list.value.length > 0 && (
        <ul>
          {list.value.map((one) => (
            <li key={`${one.from_ms} ${one.at_ms}`} class="figures">
              {clockText(one.heard_from_ms / 1000)} to {clockText(one.heard_to_ms / 1000)}, taken
              down {dateText(one.at_ms)}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function Wanted({ onTake }: { readonly onTake: (range: NewTakedown) => void }) {
  const from = useSignal("");
  const to = useSignal("");
  const asking = useSignal(false);
  const from_ms = timeOf(from.value);
  const to_ms = timeOf(to.value);
  const good = from_ms !== null && to_ms !== null && from_ms < to_ms;
  const ask = (now: boolean) => () => {
    asking.value = now;
  };
  const take = () => {
    asking.value = false;
    onTake({ from_ms: from_ms ?? milli(0), to_ms: to_ms ?? milli(0), playing: true });
    from.value = "";
    to.value = "";
  };
  if (asking.value) {
    return (
      <Ask
        title={`Put silence in the place of ${from.value} to ${to.value}, in the replay and all tracks, for good?`}
        yes="Take it down"
        no="Leave it"
        onYes={take}
        onNo={ask(false)}
      />
    );
  }
  const fields = [
    { label: "From", text: from },
    { label: "To", text: to },
  ];
  return (
    <>
      <div class="cluster">
        {fields.map(({ label, text }) => (
          <Field key={label} label={label} hint="Such as 1:02:03">
            {(control) => (
              <input
                {...control}
                size={9}
                autoComplete="off"
                value={text.value}
                onInput={(event) => {
                  text.value = event.currentTarget.value;
                }}
              />
            )}
          </Field>
        ))}
      </div>
      <div class="cluster">
        <Button disabled={!good} onClick={ask(true)}>
          Take down…
        </Button>
      </div>
      <p class="small soft">
        As the replay shows the time. Listeners hear silence there and are told; exports are
        deleted, and the seal says that it was taken down.
      </p>
    </>
  );
}
