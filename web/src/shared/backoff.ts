/** When to try again: growing, capped, and random, so that a crowd does not come back as one. */

export interface Backoff {
  readonly first_ms: number;
  readonly most_ms: number;
}

/** The wait before attempt `attempt` (0 = the first retry): full jitter over the upper half. */
export function delay_ms(attempt: number, { first_ms, most_ms }: Backoff, random: number): number {
  const full = Math.min(most_ms, first_ms * 2 ** Math.min(attempt, 30));
  return full / 2 + (full / 2) * random;
}
