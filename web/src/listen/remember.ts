/** Small choices of this listener, kept on this device; a browser that keeps nothing loses nothing. */

export interface Choices {
  /** 0..1. */
  readonly volume: number;
  readonly muted: boolean;
  /** Of the replay. */
  readonly speed: number;
  /** Of the replay: leave pauses out. */
  readonly skip: boolean;
}

export const SPEEDS = [0.75, 1, 1.25, 1.5, 1.75, 2] as const;
const KEY = "vivavoce.listen";
const DEFAULT: Choices = { volume: 0.9, muted: false, speed: 1, skip: false };

/** Whatever was stored, made whole: another version or a hand may have written it. */
export function sane(stored: unknown): Choices {
  const { volume, muted, speed, skip } = Object(stored) as Partial<Record<keyof Choices, unknown>>;
  return {
    volume: typeof volume === "number" && volume >= 0 && volume <= 1 ? volume : DEFAULT.volume,
    muted: muted === true,
    speed: SPEEDS.find((known) => known === speed) ?? DEFAULT.speed,
    skip: skip === true,
  };
}

export function recall(): Choices {
  try {
    return sane(JSON.parse(localStorage.getItem(KEY) ?? "null"));
  } catch {
    return DEFAULT;
  }
}

export function remember(choices: Choices): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(choices));
  } catch {
    // Private windows may refuse; the choice holds for this page.
  }
}
