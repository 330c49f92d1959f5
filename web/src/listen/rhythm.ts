/** The rhythm of arrivals on a connection, and when its silence means that it is dead. Pure. */
import { type Milli, milli } from "../shared/units";

/** How long silence on the line is patience: two seconds beyond the longest ordinary wait. */
const PATIENCE = 2000;
/** The server may batch up to 1.92 s under load; more is not ordinary. */
const ORDINARY = 2500;

/** The rhythm of arrivals on one connection. */
export type Rhythm = { readonly last: Milli; readonly longest: Milli };

export const rhythm = (now: Milli): Rhythm => ({ last: now, longest: milli(0) });

/** Bytes arrived. The longest wait fades, so that one bad minute does not dull the watch for ever. */
export function beat(r: Rhythm, now: Milli): Rhythm {
  const waited = Math.min(ORDINARY, now - r.last);
  return { last: now, longest: milli(Math.max(waited, r.longest * 0.98)) };
}

/** Nothing came for so long that the connection must be taken for dead. */
export function silent(r: Rhythm, now: Milli): boolean {
  return now - r.last > PATIENCE + r.longest;
}
