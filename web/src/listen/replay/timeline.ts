/** Where the sound of a show lies: playing time to segments and their names. Pure. */
import { type Milli, milli, type Seconds, seconds, toMilli, toSeconds } from "../../shared/units";
import { Playing, type Span } from "./playing";

/** What the page came with (`deliver/page.py`, `Start`), so that a replay asks for sound alone. */
export interface Start {
  /** Media time that no playlist has. */
  readonly breaks: readonly Span[];
  /** Where the talk begins, media time. */
  readonly starts_ms: Milli;
  /** The initialisation segments, Base64. */
  readonly heads: Readonly<Record<string, string>>;
  /** Media time that was taken down and is silence now. */
  readonly taken: readonly Span[];
  /** Segments of which something was taken down, and in which take-down: part of their names. */
  readonly renamed: readonly (readonly [number, number])[];
  /** Whether there is anything to hear. */
  readonly sound: boolean;
}

const SEGMENT_MS = 1920;
export const SEGMENT_S = SEGMENT_MS / 1000;

/** Dead air shorter than this is not worth a word. */
const DEAD_AIR_S = 5;
/** Heard before the first word. */
const BREATH_S = 0.5;

export class Timeline {
  readonly playing: Playing;
  /** Playing time. */
  readonly taken: readonly Span[];
  readonly #renamed: ReadonlyMap<number, number>;
  /** Where a listener begins who has not said where: after the dead air. */
  readonly opening: Seconds;

  constructor(facts: Pick<Start, "breaks" | "starts_ms" | "taken" | "renamed">) {
    this.playing = new Playing(facts.breaks);
    this.taken = facts.taken.flatMap((span) => [this.playing.span(span)].filter((s) => !!s));
    this.#renamed = new Map(facts.renamed);
    const first = toSeconds(this.playing.of(facts.starts_ms)) - BREATH_S;
    this.opening = seconds(first < DEAD_AIR_S ? 0 : first);
  }

  /** The segment that is heard at `at`. */
  segment(at: Seconds): number {
    return Math.floor(this.playing.media(milli(Math.max(0, toMilli(at)))) / SEGMENT_MS);
  }

  /** When a segment begins. */
  start(segment: number): Seconds {
    return toSeconds(this.playing.of(milli(segment * SEGMENT_MS)));
  }

  /** What its own times are moved by. */
  shift(segment: number): Seconds {
    return seconds((toMilli(this.start(segment)) - segment * SEGMENT_MS) / 1000);
  }

  /** The name of its file. */
  file(segment: number): string {
    const takedown = this.#renamed.get(segment);
    return `${String(segment).padStart(8, "0")}${takedown ? `.t${takedown}` : ""}.m4s`;
  }
}

/** Up to where whole segments surely are, when live is at `live` (media time). */
export function whole(timeline: Timeline, live: Seconds): Seconds {
  const settled = Math.floor((live - SETTLING_S) / SEGMENT_S);
  return timeline.start(Math.max(0, settled));
}
/** From the end of a segment to its being whole on disk and known to all. */
const SETTLING_S = 0.7;
