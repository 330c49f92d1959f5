/** Who spoke when, where nobody did: questions to `talk.json`, answered in playing time. Pure. */
import { type Milli, milli, type Seconds, toMilli, toSeconds } from "../../shared/units";
import { merged, type Playing, type Span } from "./playing";

/** `talk.json` as it lies beside the sound; media time. */
export interface TalkFile {
  readonly speakers: readonly { readonly seat: string; readonly name: string }[];
  readonly spans: readonly (readonly [number, Milli, Milli])[];
  readonly quiet: readonly Span[];
  readonly breaks: readonly Span[];
  readonly starts_ms: Milli;
}

/** One turn at speaking, playing time. */
export interface Turn {
  readonly who: number;
  readonly from: Milli;
  readonly to: Milli;
}

/** One who speaks, with all their turns. */
export interface Voice {
  readonly who: number;
  readonly name: string;
  readonly turns: readonly Turn[];
  readonly total: Milli;
}

/** Shorter than this between two turns of one person, and nobody else in between, is a breath. */
const BREATH = 3_000;
/** A word thrown in is not a turn that one skips to. */
const WORD = 1_000;
/** What is left of a pause that is skipped, on either side, so that words do not stick together. */
const REST = milli(350);

export class Talk {
  /** By their beginning. */
  readonly turns: readonly Turn[];
  readonly voices: readonly Voice[];
  readonly quiet: readonly Span[];

  constructor(file: TalkFile, playing: Playing) {
    const heard = (span: Span): readonly Span[] => [playing.span(span)].filter((found) => !!found);
    const turns = file.spans.flatMap(([who, begin, end]) =>
      file.speakers[who] ? heard([begin, end]).map(([from, to]) => ({ who, from, to })) : [],
    );
    this.turns = joined(turns.sort((a, b) => a.from - b.from));
    this.quiet = merged(file.quiet.flatMap(heard));
    this.voices = file.speakers
      .map(({ name }, who) => voice(who, name, this.turns))
      .filter(({ turns }) => turns.length > 0);
  }

  /** The names of those who speak at a moment. */
  at(at: Seconds): readonly string[] {
    const now = toMilli(at);
    const speaks = ({ from, to }: Turn) => from <= now && now < to;
    return this.voices.filter(({ turns }) => turns.some(speaks)).map(({ name }) => name);
  }

  /** Where the next begins to speak who does not speak at `at`; null = nobody any more. */
  next(at: Seconds): Seconds | null {
    const now = toMilli(at);
    const current = this.#whose(now);
    const turn = this.turns.find(
      ({ who, from, to }) => from > now && to - from >= WORD && who !== current,
    );
    return turn ? toSeconds(turn.from) : null;
  }

  /** The beginning of this turn, or of the one before when this one has hardly begun; null = none. */
  previous(at: Seconds): Seconds | null {
    const before = toMilli(at) - BREATH;
    const turn = this.turns.findLast(({ from, to }) => from < before && to - from >= WORD);
    return turn ? toSeconds(turn.from) : null;
  }

  /** Where a pause at `at` is over, if it is worth skipping the rest of it. */
  skip(at: Seconds): Seconds | null {
    const now = toMilli(at);
    const pause = this.quiet.find(([from, to]) => from + REST <= now && now < to - 2 * REST);
    return pause ? toSeconds(milli(pause[1] - REST)) : null;
  }

  /** Who spoke last, at `now` or before it. */
  #whose(now: Milli): number | null {
    return this.turns.findLast(({ from, to }) => from <= now && to - from >= WORD)?.who ?? null;
  }
}

/** The next turn of one person after `at`, or the first. */
export function nextOf(voice: Voice, at: Seconds): Seconds {
  const now = toMilli(at);
  const turn = voice.turns.find(({ from }) => from > now) ?? voice.turns[0];
  return toSeconds(turn?.from ?? milli(0));
}

function voice(who: number, name: string, all: readonly Turn[]): Voice {
  const turns = all.filter((turn) => turn.who === who);
  const total = turns.reduce((sum, { from, to }) => sum + to - from, 0);
  return { who, name, turns, total: milli(total) };
}

/** One person's turns with a breath between them are one turn, unless somebody else took it. */
function joined(turns: readonly Turn[]): readonly Turn[] {
  const all: Turn[] = [];
  for (const turn of turns) {
    const last = all.at(-1);
    if (last?.who === turn.who && turn.from - last.to < BREATH) {
      all[all.length - 1] = { ...last, to: milli(Math.max(last.to, turn.to)) };
    } else all.push(turn);
  }
  return all;
}
