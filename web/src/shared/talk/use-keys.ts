/** M mutes; the space bar, held down, speaks. */

import { useEffect } from "preact/hooks";
import type { Engine } from "./engine";
import { talkKey } from "./keys";

const WRITING = "input:not([type=range], [type=checkbox]), textarea, select";
const PRESSING = "button, summary, a, input";

function isOn(target: EventTarget | null, what: string): boolean {
  return target instanceof Element && target.closest(what) !== null;
}

export function useTalkKeys(engine: Engine): void {
  useEffect(() => {
    const onDown = (event: KeyboardEvent) => {
      const key = talkKey({
        key: event.key,
        chord: event.ctrlKey || event.metaKey || event.altKey,
        repeat: event.repeat,
        writing: isOn(event.target, WRITING),
        pressing: isOn(event.target, PRESSING),
      });
      if (key === null || engine.talk.value.mic !== "open") return;
      event.preventDefault(); // the space bar would scroll
      if (key === "push") engine.push(true);
      else engine.mute(!engine.talk.value.muted);
    };
    const onUp = (event: KeyboardEvent) => event.key === " " && engine.push(false);
    const onBlur = () => engine.push(false);
    window.addEventListener("keydown", onDown);
    window.addEventListener("keyup", onUp);
    window.addEventListener("blur", onBlur);
    return () => {
      window.removeEventListener("keydown", onDown);
      window.removeEventListener("keyup", onUp);
      window.removeEventListener("blur", onBlur);
    };
  }, [engine]);
}
