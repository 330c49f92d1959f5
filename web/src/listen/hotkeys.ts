/** Keys of the whole page, where no control wants them for itself. */
import { useEffect } from "preact/hooks";
import { seconds } from "../shared/units";
import { type Command, command } from "./keys";
import { isReplay } from "./machine";
import type { Player } from "./player";

/** Controls that give a key a meaning of their own. */
function isTaken(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.matches("select, textarea, [contenteditable]")) return true;
  if (target.matches("input")) return key.length > 1 || key === " ";
  return key === " " && target.matches("button, summary, a");
}

/** Not while one speaks: then the keys are those of the microphone. */
export function useKeys(player: Player, on: boolean): void {
  useEffect(() => {
    if (!on) return;
    const press = (event: KeyboardEvent) => {
      const { key, target } = event;
      const plain = !(event.ctrlKey || event.altKey || event.metaKey);
      const replay = isReplay(player.state.value.phase);
      const found = command({ key, plain, taken: isTaken(target, key) }, replay);
      if (!found) return;
      event.preventDefault();
      obey(player, found);
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [player, on]);
}

function obey(player: Player, asked: Command): void {
  const { volume, muted } = player.choices.value;
  if (asked.do === "toggle") player.toggle();
  else if (asked.do === "mute") player.choose({ muted: !muted });
  else if (asked.do === "live") player.send({ type: "jump" });
  else if (asked.do === "skip") player.seek(seconds(player.position.value + asked.by_s));
  else if (asked.do === "back") player.rewind(asked.by_s);
  else if (asked.do === "speaker") player.nextSpeaker(asked.way);
  else if (asked.do === "seek")
    player.seek(asked.to === "start" ? seconds(0) : player.length.value);
  else {
    const louder = Math.min(1, Math.max(0, volume + asked.by));
    player.choose({ volume: louder, muted: false });
  }
}
