/** Units of time that do not mix: a duration in the wrong unit is a type error. */

declare const unit: unique symbol;

/** Milliseconds; as a point in time, Unix milliseconds in UTC. */
export type Milli = number & { readonly [unit]: "ms" };

/** Seconds. */
export type Seconds = number & { readonly [unit]: "s" };

export const milli = (value: number): Milli => value as Milli;
export const seconds = (value: number): Seconds => value as Seconds;

export const toSeconds = (duration: Milli): Seconds => seconds(duration / 1000);
export const toMilli = (duration: Seconds): Milli => milli(duration * 1000);
