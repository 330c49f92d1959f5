/** How much of what comes out of the loudspeaker goes back in at the microphone. Pure. */

// Ten readings a second for six seconds: long enough for a few words, short enough to follow a person
// who puts headphones on.
const READINGS = 60;
// Loudspeaker, air and both buffers: an echo comes back within half a second.
const LAGS = 6;
// A return that hardly moves proves nothing: deviation in dB.
const LIVELY_DB = 4;

/** The likeness of two courses of level, and with it the echo. */
export class Echo {
  readonly #played: number[] = [];
  readonly #heard: number[] = [];

  /** Takes a reading of both, in dBFS. */
  hear(played_db: number, heard_db: number): void {
    push(this.#played, played_db);
    push(this.#heard, heard_db);
  }

  /** 0..1, or `null` while nothing was played that could be recognised. */
  get likeness(): number | null {
    if (this.#played.length < READINGS || deviation(this.#played) < LIVELY_DB) return null;
    let best = 0;
    for (let lag = 0; lag < LAGS; lag++) {
      const played = this.#played.slice(0, READINGS - lag);
      best = Math.max(best, correlation(played, this.#heard.slice(lag)));
    }
    return best;
  }
}

function push(course: number[], level_db: number): void {
  course.push(level_db);
  if (course.length > READINGS) course.shift();
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviation(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
}

/** Pearson's, -1..1; 0 where one of the two does not move. */
function correlation(one: readonly number[], other: readonly number[]): number {
  const spread = deviation(one) * deviation(other);
  if (spread === 0) return 0;
  const [middle, otherMiddle] = [mean(one), mean(other)];
  const products = one.map((value, at) => (value - middle) * ((other[at] ?? 0) - otherMiddle));
  return mean(products) / spread;
}
