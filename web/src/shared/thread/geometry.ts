/** The mathematics of the thread: straight in silence, moved by a voice. Pure; the painter draws it. */

/** Silence, as far as the thread is concerned: quieter than this does not move it. */
const FLOOR_DB = -60;

// A voice must be seen at once and may fade at leisure: peak-meter ballistics, softened.
const ATTACK_MS = 40;
const RELEASE_MS = 260;

/** Maps a level in dBFS to 0..1, linear in decibels, as loudness is heard. */
export function levelOfDb(db: number): number {
  return clamp(1 - db / FLOOR_DB);
}

/** Clamps to 0..1; what is not a number is 0. */
export function clamp(value: number): number {
  return value > 0 ? Math.min(value, 1) : 0;
}

/** Moves `previous` towards `target`: a one-pole filter, so the frame rate does not change the shape. */
export function smooth(previous: number, target: number, elapsed_ms: number): number {
  const constant_ms = target > previous ? ATTACK_MS : RELEASE_MS;
  return target + (previous - target) * Math.exp(-Math.max(elapsed_ms, 0) / constant_ms);
}

/** The last levels of a voice, laid along the thread: the newest at its start, the oldest at its end. */
export class Trail {
  readonly #levels: number[];

  constructor(size: number) {
    this.#levels = new Array<number>(size).fill(0);
  }

  push(level: number): void {
    this.#levels.pop();
    this.#levels.unshift(clamp(level));
  }

  /** The level at `place` (0 start … 1 end), interpolated. */
  at(place: number): number {
    const exact = clamp(place) * (this.#levels.length - 1);
    const left = Math.floor(exact);
    const before = this.#levels[left] ?? 0;
    const after = this.#levels[left + 1] ?? before;
    return before + (after - before) * (exact - left);
  }

  get quiet(): boolean {
    return this.#levels.every((level) => level < 0.005);
  }
}

/** Speech peaks near full scale all the time; the third power shows the words in it. */
const SHAPE = 3;

/** Peaks (0 silence … 255 full scale, linear in decibels) as `count` heights: 0..1, the highest 1. */
export function heights(peaks: Uint8Array, count: number): Float32Array {
  const all = new Float32Array(count);
  const each = peaks.length / count;
  for (let place = 0; place < count; place += 1) {
    if (each < 1) {
      all[place] = between(peaks, (place + 0.5) * each - 0.5);
      continue;
    }
    const from = Math.floor(place * each);
    const part = peaks.subarray(from, Math.max(from + 1, Math.floor((place + 1) * each)));
    all[place] = part.reduce((sum, peak) => sum + (peak / 255) ** SHAPE, 0) / (part.length || 1);
  }
  const most = all.reduce((highest, height) => Math.max(highest, height), 0);
  return most > 0 ? all.map((height) => height / most) : all;
}

/** The height at `at` between two peaks: where there are fewer of them than places. */
function between(peaks: Uint8Array, at: number): number {
  const left = Math.max(0, Math.floor(at));
  const height = (place: number) =>
    ((peaks[Math.min(place, peaks.length - 1)] ?? 0) / 255) ** SHAPE;
  const share = clamp(at - left);
  return height(left) * (1 - share) + height(left + 1) * share;
}

/** Ties the thread down at both ends. */
export function tie(place: number): number {
  return Math.sqrt(Math.max(Math.sin(Math.PI * clamp(place)), 0));
}

/** Three waves of incommensurate length never repeat to the eye; the weights add up to 1. */
function carrier(place: number, phase: number): number {
  return (
    0.55 * Math.sin(31 * place - 7 * phase) +
    0.3 * Math.sin(53 * place - 11.3 * phase + 1.7) +
    0.15 * Math.sin(97 * place - 17.9 * phase + 0.4)
  );
}

/** How far the thread is off its line at `place`: -1..1, never further than `level`. */
export function displacement(place: number, level: number, phase_s: number): number {
  return clamp(level) * tie(place) * carrier(place, phase_s);
}

/** How full the thread is `now`: 0 at `from`, 1 at `to`. An empty span is full. */
export function filled(now_ms: number, from_ms: number, to_ms: number): number {
  return to_ms <= from_ms ? 1 : clamp((now_ms - from_ms) / (to_ms - from_ms));
}
