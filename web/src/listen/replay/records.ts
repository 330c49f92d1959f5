/** What lies beside a show's sound, fetched when somebody wants to see it. */
import { signal } from "@preact/signals";
import { type Milli, milli, type Seconds, seconds } from "../../shared/units";
import type { Span } from "./playing";
import { Talk, type TalkFile } from "./talk";
import { type Start, Timeline } from "./timeline";

/** One of `chapters.json` (Podcasting 2.0); playing time. */
export interface Chapter {
  readonly at: Seconds;
  readonly title: string;
}

const NOTHING: Start = {
  breaks: [],
  starts_ms: milli(0),
  heads: {},
  taken: [],
  renamed: [],
  sound: true,
};

interface Takedown {
  readonly from_ms: Milli;
  readonly to_ms: Milli;
  readonly segments: readonly number[];
}

export class Records {
  readonly timeline;
  readonly talk = signal<Talk | null>(null);
  /** A byte a part of playing time: its peak. */
  readonly peaks = signal<Uint8Array | null>(null);
  readonly chapters = signal<readonly Chapter[]>([]);
  readonly #heads: Start["heads"];
  /** Whether there is anything to hear, as the page came. */
  readonly sound: boolean;
  readonly #base: string;

  /** `base` is the show's address under `/live/`, `start` what the page came with. */
  constructor(base: string, start: Start | null) {
    this.#base = base;
    const facts = start ?? NOTHING;
    this.#heads = facts.heads;
    this.sound = facts.sound;
    this.timeline = signal(new Timeline(facts));
  }

  /** The initialisation segment of a codec; empty where the page came without. */
  head(codec: string): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(atob(this.#heads[codec] ?? ""), (letter) => letter.charCodeAt(0));
  }

  /** Asks for all there is to see; what cannot be had is not shown. */
  async load(): Promise<void> {
    const [peaks, chapters] = await Promise.all([
      this.#get("peaks.bin", (answer) => answer.arrayBuffer()),
      this.#get("chapters.json", (answer) => answer.json()),
      this.refresh(),
    ]);
    if (peaks) this.peaks.value = heard(new Uint8Array(peaks), this.timeline.value);
    this.chapters.value = chaptersOf(chapters);
  }

  /** Asks anew what was left out, taken down and said. */
  async refresh(): Promise<void> {
    const [talk, takedowns] = await Promise.all([
      this.#get("talk.json", (answer) => answer.json() as Promise<TalkFile>),
      this.#get("takedowns.json", (answer) => answer.json() as Promise<readonly Takedown[]>),
    ]);
    if (!talk) return;
    const taken = takedowns ?? [];
    this.timeline.value = new Timeline({
      breaks: talk.breaks,
      starts_ms: talk.starts_ms,
      taken: taken.map(({ from_ms, to_ms }): Span => [from_ms, to_ms]),
      renamed: taken.flatMap(({ segments }, place) =>
        segments.map((segment): [number, number] => [segment, place + 1]),
      ),
    });
    this.talk.value = new Talk(talk, this.timeline.value.playing);
  }

  async #get<T>(name: string, read: (answer: Response) => Promise<T>): Promise<T | null> {
    try {
      const answer = await fetch(`${this.#base}/${name}`);
      return answer.ok ? await read(answer) : null;
    } catch {
      return null;
    }
  }
}

const PART_MS = 320;

/** The peaks of what is heard: those within breaks are left out. */
export function heard(peaks: Uint8Array, { playing }: Timeline): Uint8Array {
  if (playing.breaks.length === 0) return peaks;
  return peaks.filter((_, part) => {
    const begin = milli(part * PART_MS);
    return playing.span([begin, milli(begin + PART_MS)]) !== null;
  });
}

/** The chapters of a file that anybody may have written, by their beginning. */
export function chaptersOf(file: unknown): Chapter[] {
  const { chapters } = Object(file) as { chapters?: unknown };
  if (!Array.isArray(chapters)) return [];
  const found = chapters.flatMap((one: unknown) => {
    const { startTime, title } = Object(one) as { startTime?: unknown; title?: unknown };
    const good = typeof startTime === "number" && startTime >= 0 && typeof title === "string";
    return good ? [{ at: seconds(startTime), title }] : [];
  });
  return found.sort((a, b) => a.at - b.at);
}
