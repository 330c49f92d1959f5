/** How loud a voice is, and what to say about it. Pure. */

import type { Milli } from "../units";

/** What full silence measures: the quietest that 16 bits can hold. */
export const SILENCE_DB = -96;

/** The root mean square of `samples` (-1..1) in dBFS. */
export function rmsDb(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return Math.max(SILENCE_DB, 10 * Math.log10(sum / Math.max(samples.length, 1)));
}

/** The highest sample in dBFS. */
export function peakDb(samples: Float32Array): number {
  let peak = 0;
  for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
  return Math.max(SILENCE_DB, 20 * Math.log10(peak));
}

export type Verdict = "silent" | "quiet" | "good" | "loud";

// Speech at a usual distance measures -35 to -15 dBFS (RMS) after automatic gain; a room at night
// lies below -60. Peaks within 1 dB of full scale are clipped or about to be.
const SILENT_BELOW_DB = -60;
const QUIET_BELOW_DB = -42;
const LOUD_PEAK_DB = -1;

// A verdict looks back over a breath's pause, so that it does not flicker between two words.
const MEMORY_MS = 2_500;

/** One reading of the meter. */
export interface Reading {
  readonly rms_db: number;
  readonly peak_db: number;
  readonly at_ms: Milli;
}

/** The loudest moments of the last seconds, and what they mean. */
export class Judge {
  #readings: Reading[] = [];

  hear(reading: Reading): Verdict {
    this.#readings = this.#readings.filter((old) => reading.at_ms - old.at_ms < MEMORY_MS);
    this.#readings.push(reading);
    return this.verdict;
  }

  get verdict(): Verdict {
    const loudest = Math.max(SILENCE_DB, ...this.#readings.map((reading) => reading.rms_db));
    const peak = Math.max(SILENCE_DB, ...this.#readings.map((reading) => reading.peak_db));
    if (peak >= LOUD_PEAK_DB) return "loud";
    if (loudest < SILENT_BELOW_DB) return "silent";
    return loudest < QUIET_BELOW_DB ? "quiet" : "good";
  }
}
