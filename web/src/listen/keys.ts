/** Which key does what. Pure; the page says which of the two lists holds. */

export type Command =
  | { do: "toggle" }
  | { do: "mute" }
  | { do: "live" }
  | { do: "louder"; by: number }
  | { do: "skip"; by_s: number }
  | { do: "back"; by_s: number } // live: back into what was said
  | { do: "speaker"; way: 1 | -1 }
  | { do: "seek"; to: "start" | "end" };

/** What of a key press matters. */
export interface Press {
  readonly key: string;
  readonly plain: boolean; // no Ctrl, Alt or Meta
  /** The press is meant for a control that uses it itself: a field, a slider, a button and its space bar. */
  readonly taken: boolean;
}

const VOLUME_STEP = 0.1;
const SKIP_S = 15;
const PAGE_S = 60;

const ALWAYS: Readonly<Record<string, Command>> = {
  " ": { do: "toggle" },
  k: { do: "toggle" },
  m: { do: "mute" },
  ArrowUp: { do: "louder", by: VOLUME_STEP },
  ArrowDown: { do: "louder", by: -VOLUME_STEP },
};

const LIVE: Readonly<Record<string, Command>> = {
  ...ALWAYS,
  l: { do: "live" },
  ArrowLeft: { do: "back", by_s: SKIP_S },
};

const REPLAY: Readonly<Record<string, Command>> = {
  ...ALWAYS,
  ArrowLeft: { do: "skip", by_s: -SKIP_S },
  ArrowRight: { do: "skip", by_s: SKIP_S },
  PageUp: { do: "skip", by_s: PAGE_S },
  PageDown: { do: "skip", by_s: -PAGE_S },
  Home: { do: "seek", to: "start" },
  End: { do: "seek", to: "end" },
  l: { do: "live" },
  n: { do: "speaker", way: 1 },
  p: { do: "speaker", way: -1 },
};

/** The command of a key press, or null: the browser's own meaning stands. */
export function command(press: Press, replay: boolean): Command | null {
  if (!press.plain || press.taken) return null;
  const key = press.key.length === 1 ? press.key.toLowerCase() : press.key;
  return (replay ? REPLAY : LIVE)[key] ?? null;
}

/** What the page shows of it. */
export const HINTS = {
  live: [
    ["Space", "listen or pause"],
    ["M", "mute"],
    ["↑ ↓", "volume"],
    ["←", "15 seconds back"],
    ["L", "go to live"],
  ],
  replay: [
    ["Space", "play or pause"],
    ["← →", "15 seconds back or on"],
    ["N P", "next speaker, this one again"],
    ["Home End", "beginning, end"],
    ["↑ ↓", "volume"],
    ["M", "mute"],
  ],
} as const;
