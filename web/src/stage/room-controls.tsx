import { useSignal } from "@preact/signals";
import { AskForMicrophone } from "../shared/talk/ask-for-microphone";
import { MuteButton, TalkKeys } from "../shared/talk/mute-button";
import { onAir } from "../shared/talk/state";
import { Ask } from "../shared/ui/ask";
import { Button } from "../shared/ui/button";
import { Notice } from "../shared/ui/notice";
import type { RoomProps } from "./room";

/** Mute, and leave. */
export function RoomControls({ engine, onLeave }: RoomProps) {
  const asking = useSignal(false);
  const talk = engine.talk.value;
  const { problem } = talk;
  if (asking.value) {
    return (
      <div class="controls">
        <Ask
          title="Leave while you are on air?"
          yes="Leave"
          no="Stay"
          onYes={onLeave}
          onNo={() => {
            asking.value = false;
          }}
        />
      </div>
    );
  }
  const leave = () => {
    if (onAir(talk)) asking.value = true;
    else onLeave();
  };
  const unasked = talk.mic === "unasked" || talk.mic === "asking";
  return (
    <div class="controls">
      {problem && talk.seat !== "waiting" && <Notice title={problem.message} urgent />}
      <div class="cluster">
        {unasked ? <AskForMicrophone engine={engine} big /> : <MuteButton engine={engine} />}
        <Button onClick={leave}>Leave the stage</Button>
        <TalkKeys />
      </div>
    </div>
  );
}
