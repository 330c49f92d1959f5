import { Button } from "../ui/button";
import type { Engine } from "./engine";

export interface AskForMicrophoneProps {
  readonly engine: Engine;
  readonly big?: boolean;
}

/** The press by which a browser may ask its person for the microphone. */
export function AskForMicrophone({ engine, big = false }: AskForMicrophoneProps) {
  return (
    <Button
      kind="solid"
      big={big}
      icon="mic"
      disabled={engine.talk.value.mic === "asking"}
      onClick={() => void engine.open()}
    >
      Choose your microphone
    </Button>
  );
}
