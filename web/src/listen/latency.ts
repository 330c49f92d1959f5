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
 * The distance that push needs. A part is 320 ms and leaves when it is whole, so its first sample is at least
 * 0.32 s old; one part more in hand survives one late delivery: 0.32 + 0.32 + 0.16 for the way.
 */
export const LEAST: Seconds = seconds(0.8);
/** One more part after a stall, ten at most; a part less after three calm minutes. */
const WIDEN = 0.32;
const MOST_PARTS = 10;
const CALM: Milli = milli(180_000);

/** What is kept beyond the least distance: parts, more with stalls, fewer again with calm. */
export type Slack = { readonly parts: number; readonly since: Milli };
export const NO_SLACK: Slack = { parts: 0, since: milli(0) };

export function stalled(slack: Slack, now: Milli): Slack {
  return { parts: Math.min(MOST_PARTS, slack.parts + 1), since: now };
}

export function calmed(slack: Slack, now: Milli): Slack {
  if (now - slack.since < CALM) return slack;
  return { parts: Math.max(0, slack.parts - 1), since: now };
}

/** The distance to keep, where the source needs `least`. */
export function target(least: Seconds, slack: Slack): Seconds {
  return seconds(least + slack.parts * WIDEN);
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

/** By what the distance is kept. */
export type Keeps = "rate" | "jump" | "itself";

/**
 * Too far behind for the rate: 3 s take it a minute and a half, and after a sleep it would be hours.
 * What cannot be played faster leaves something out sooner; three of its gaps would be heard as haste.
 */
const STRAY: Readonly<Record<Keeps, number>> = { rate: 3, jump: 1.5, itself: 6 };

/** So far from `target` that what lies between is left out. */
export function strayed(distance: Seconds, target: Seconds, keeps: Keeps): boolean {
  return distance - target > STRAY[keeps];
}

/** Further behind live than is to be by more than this, "go to live" is offered. */
export const FAR: Seconds = seconds(3);

/** A smoothed reading for the eye: single readings jump with the loudspeaker's own buffer. */
export function smooth(shown: Seconds | null, reading: Seconds): Seconds {
  if (shown === null || Math.abs(reading - shown) > 1) return reading;
  return seconds(shown + (reading - shown) / 4);
}
