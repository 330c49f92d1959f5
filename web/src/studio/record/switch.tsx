import { useSignal } from "@preact/signals";
import { HttpError } from "../../shared/http";
import type { Show } from "../../shared/protocol";
import type { Engine } from "../../shared/talk/engine";
import { Switch } from "../../shared/ui/field";
import { Notice } from "../../shared/ui/notice";
import { api } from "../api";

export interface RecordSwitchProps {
  readonly show: Show;
  readonly engine: Engine;
}

/** Before air: whether the show is recorded. Afterwards it is settled, and everybody was told so. */
export function RecordSwitch({ show, engine }: RecordSwitchProps) {
  const recorded = useSignal<boolean | null>(null);
  const problem = useSignal<string | null>(null);
  const change = async (wanted: boolean) => {
    recorded.value = wanted;
    try {
      recorded.value = (await api.change(show.show, { recorded: wanted })).recorded;
      problem.value = null;
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      recorded.value = null;
      problem.value = error.problem.message;
    }
  };
  const now = recorded.value ?? engine.talk.value.status?.card.recorded ?? show.recorded;
  return (
    <div class="stack-tight">
      <Switch
        label="Record this show"
        hint={
          now
            ? "Everybody on stage and all listeners see that it is. Afterwards there is a replay, and a track of each speaker."
            : "Nothing is kept: there will be no replay, no clips and no tracks."
        }
        checked={now}
        onChange={(wanted) => void change(wanted)}
      />
      {problem.value && <Notice title={problem.value} urgent />}
    </div>
  );
}
