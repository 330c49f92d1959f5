import { useSignal } from "@preact/signals";
import { HttpError } from "../../shared/http";
import type { Show } from "../../shared/protocol";
import { Ask } from "../../shared/ui/ask";
import { Button } from "../../shared/ui/button";
import { Notice } from "../../shared/ui/notice";
import { api } from "../api";
import { went } from "./keeping";

export interface DeleteProps {
  readonly show: Show;
  /** It is gone; with what went, in words. */
  readonly onDone: (words: string) => void;
}

/** Deletes the show for good. */
export function Delete({ show, onDone }: DeleteProps) {
  const asking = useSignal(false);
  const problem = useSignal<string | null>(null);
  const remove = async () => {
    asking.value = false;
    try {
      onDone(went(await api.remove(show.show)));
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      problem.value = error.problem.message;
    }
  };
  const ask = (now: boolean) => () => {
    asking.value = now;
  };
  return (
    <div class="stack-tight">
      {problem.value && <Notice title={problem.value} urgent />}
      {asking.value ? (
        <Ask
          title={`Delete “${show.title}” and its recording for good?`}
          yes="Delete"
          no="Keep it"
          onYes={() => void remove()}
          onNo={ask(false)}
        />
      ) : (
        <div class="cluster">
          <Button onClick={ask(true)}>Delete…</Button>
        </div>
      )}
    </div>
  );
}
