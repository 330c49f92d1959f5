/** Which key does what while one speaks. Pure. */

export interface Press {
  readonly key: string;
  /** With Ctrl, Alt or Meta. */
  readonly chord: boolean;
  readonly repeat: boolean;
  /** In a field that takes letters. */
  readonly writing: boolean;
  /** On a control that the space bar presses. */
  readonly pressing: boolean;
}

/** `mute` turns it over, `push` is to be heard until the key comes up. */
export type TalkKey = "mute" | "push" | null;

export function talkKey({ key, chord, repeat, writing, pressing }: Press): TalkKey {
  if (chord || writing) return null;
  if (key === " ") return pressing ? null : "push";
  return key.toLowerCase() === "m" && !repeat ? "mute" : null;
}
