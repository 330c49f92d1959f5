/**
 * How far behind live, and what to do about it. All pure: given readings, returns numbers.
 *
 * Media time is seconds since the show's epoch, so `live − media` is the whole delay between the
 * studio's mixer and this ear's loudspeaker.
 */
import { type Milli, milli, type Seconds, seconds } from "../shared/units";

/** Readings kept: two minutes at one `clock` event per 5 s. Slow drift of either clock stays inside. */
const READINGS = 24;
/** A reading this far from the others is a clock that was set, or a machine that slept. */
const CLOCK_STEP: Milli = milli(2000);

/** What the server's clock shows beyond ours, from `clock` events. */
export type Offset = { readonly readings: readonly Milli[] };
export const NO_OFFSET: Offset = { readings: [] };

/** A `clock` event that said `server` came in at `local`, both Unix milliseconds. */
export function observe(offset: Offset, server: Milli, local: Milli): Offset {
  const reading = milli(server - local);
  const best = estimate(offset);
  const stepped = best !== null && Math.abs(reading - best) > CLOCK_STEP;
  return { readings: stepped ? [reading] : [...offset.readings, reading].slice(-READINGS) };
}

/** The best estimate. A message is only ever late, so the largest reading is nearest the truth. */
export function estimate(offset: Offset): Milli | null {
  return offset.readings.length ? milli(Math.max(...offset.readings)) : null;
}

/** Seconds between the studio's now and the sound at `media`. */
export function behind(epoch: Milli, media: Seconds, now: Milli): Seconds {
  return seconds((now - epoch) / 1000 - media);
}

/**
 * The distance to keep. A part is 320 ms and leaves when it is whole, so its first sample is at least
 * 0.32 s old; one part more in hand survives one late delivery: 0.32 + 0.32 + 0.16 for the way.
 */
export const LEAST: Seconds = seconds(0.8);
const MOST: Seconds = seconds(4);
/** One more part after a stall; a part less after three calm minutes. */
const WIDEN = 0.32;
const CALM: Milli = milli(180_000);

/** A distance which grows with stalls and shrinks again with calm. */
export type Target = { readonly distance: Seconds; readonly since: Milli };

export function stalled(target: Target, now: Milli): Target {
  return { distance: seconds(Math.min(MOST, target.distance + WIDEN)), since: now };
}

export function calmed(target: Target, now: Milli): Target {
  if (now - target.since < CALM) return target;
  return { distance: seconds(Math.max(LEAST, target.distance - WIDEN)), since: now };
}

/** Within ±0.1 s nothing is corrected; beyond it 5 % per second of error, never above 3 %: below what one hears as haste. */
const DEAD = 0.1;
const GAIN = 0.05;
const REACH = 0.03;

/** The playback rate that leads from `distance` to `target`. A rate in use is kept until the error is gone. */
export function rate(distance: Seconds, target: Seconds, current: number): number {
  const error = distance - target;
  const still = current === 1 ? DEAD : DEAD / 4;
  if (Math.abs(error) < still || (current !== 1 && error > 0 !== current > 1)) return 1;
  const wanted = Math.min(REACH, Math.max(REACH / 6, Math.abs(error) * GAIN));
  return Math.round((1 + Math.sign(error) * wanted) * 1000) / 1000;
}

/** Behind live by more than this, "go to live" is offered. */
export const FAR: Seconds = seconds(4);

/** A smoothed reading for the eye: single readings jump with the loudspeaker's own buffer. */
export function smooth(shown: Seconds | null, reading: Seconds): Seconds {
  if (shown === null || Math.abs(reading - shown) > 1) return reading;
  return seconds(shown + (reading - shown) / 4);
}
