import { useSignal } from "@preact/signals";
import { HttpError } from "../../shared/http";
import type { Show } from "../../shared/protocol";
import { Ask } from "../../shared/ui/ask";
import { Button } from "../../shared/ui/button";
import { Notice } from "../../shared/ui/notice";
import { api } from "../api";
import { ShowForm } from "./show-form";

export interface ChangeProps {
  readonly show: Show;
  /** `null`: it is deleted. */
  readonly onChange: (now: Show | null) => void;
}

type Doing = "nothing" | "edit" | "delete";

/** Changing what is said of a show, and deleting one that is not on air. */
export function Change({ show, onChange }: ChangeProps) {
  const doing = useSignal<Doing>("nothing");
  const problem = useSignal<string | null>(null);
  const stop = () => {
    doing.value = "nothing";
  };
  const remove = async () => {
    stop();
    try {
      await api.remove(show.show);
      onChange(null);
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      problem.value = error.problem.message;
    }
  };
  if (doing.value === "edit") {
    const done = (now: Show) => {
      stop();
      onChange(now);
    };
    return <ShowForm show={show} onDone={done} onCancel={stop} />;
  }
  if (doing.value === "delete") {
    return (
      <Ask
        title={`Delete “${show.title}”${LOSS[show.state]}`}
        yes="Delete"
        no="Keep it"
        onYes={() => void remove()}
        onNo={stop}
      />
    );
  }
  const who = <span class="unseen"> “{show.title}”</span>;
  return (
    <div class="stack-tight">
      {problem.value && <Notice title={problem.value} urgent />}
      <div class="cluster show-change">
        <Button
          kind="plain"
          onClick={() => {
            doing.value = "edit";
          }}
        >
          Edit{who}
        </Button>
        {show.state !== "live" && (
          <Button
            kind="plain"
            onClick={() => {
              doing.value = "delete";
            }}
          >
            Delete…{who}
          </Button>
        )}
      </div>
    </div>
  );
}

const LOSS: Readonly<Record<Show["state"], string>> = {
  live: "?",
  planned: "? Its links stop working.",
  ended: " and its recording for good?",
};
