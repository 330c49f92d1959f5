/** Whether sound moves: from readings of the playback position, not from what the element claims. Pure. */
import type { Milli, Seconds } from "../shared/units";

/** Two readings without movement, at four readings a second, are a stop that one hears. */
const STOP_MS = 400;

export type Motion = { readonly at: Seconds; readonly moved: Milli; readonly moving: boolean };

export const still = (at: Seconds, now: Milli): Motion => ({ at, moved: now, moving: false });

/** A reading of the position. Only forward movement in small steps is sound; a seek is not. */
export function read(m: Motion, at: Seconds, now: Milli): Motion {
  const by = at - m.at;
  if (by > 0 && by < (now - m.moved) / 250 + 0.5) return { at, moved: now, moving: true };
  if (by !== 0) return { at, moved: m.moved, moving: m.moving };
  return { ...m, moving: m.moving && now - m.moved < STOP_MS };
}
