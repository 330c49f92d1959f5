import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { HttpError } from "../../shared/http";
import { clockText } from "../../shared/time";
import { Button } from "../../shared/ui/button";
import { Field } from "../../shared/ui/field";
import { milli } from "../../shared/units";
import { clipIn } from "./draft";
import type { ClipRange } from "./protocol";
import { recordApi as api } from "./record-api";

/** Clips that nobody is to have any more. */
export function WithdrawnClips({ show }: { readonly show: string }) {
  const list = useSignal<readonly ClipRange[]>([]);
  const link = useSignal("");
  const problem = useSignal<string | undefined>(undefined);
  const attempt = async (call: () => Promise<unknown>) => {
    problem.value = undefined;
    try {
      await call();
      list.value = (await api.withdrawn(show)).withdrawn;
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      problem.value = error.problem.message;
    }
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each show
  useEffect(() => void attempt(async () => undefined), [show]);
  const withdraw = (event: Event) => {
    event.preventDefault();
    const clip = clipIn(link.value);
    if (clip === null) {
      problem.value = "Paste the link of the clip: it ends in two numbers with a hyphen between.";
      return;
    }
    void attempt(async () => {
      await api.withdraw(show, { from_ms: milli(clip.from_ms), to_ms: milli(clip.to_ms) });
      link.value = "";
    });
  };
  return (
    <>
      <form class="stack-tight" onSubmit={withdraw}>
        <Field
          label="Withdraw a clip"
          hint="Its link then says that you have withdrawn it. What was said stays in the show."
          error={problem.value}
        >
          {(control) => (
            <input
              {...control}
              placeholder="Link of the clip"
              value={link.value}
              onInput={(event) => {
                link.value = event.currentTarget.value;
              }}
            />
          )}
        </Field>
        <Button type="submit">Withdraw</Button>
      </form>
      {list.value.length > 0 && (
        <ul>
          {list.value.map((clip) => (
            <li key={`${clip.from_ms}-${clip.to_ms}`} class="cluster">
              <span class="figures">
                {clockText(clip.from_ms / 1000)}–{clockText(clip.to_ms / 1000)}
              </span>
              <Button kind="plain" onClick={() => void attempt(() => api.allow(show, clip))}>
                Allow again
              </Button>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
