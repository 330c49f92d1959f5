import { describe, expect, it } from "vitest";
import type { ShowCard } from "../shared/protocol";
import { milli } from "../shared/units";
import { codec, doors } from "./doors";
import { command } from "./keys";
import { type Phase, type State, start } from "./machine";
import { sane } from "./remember";
import { silentWav } from "./silence";
import { moment } from "./when";
import { behindText, isLate, position, sentence, until } from "./words";

const PHASES: readonly Phase[] = [
  ...(["unknown", "before", "ready", "joining", "live", "broken", "quiet", "paused"] as const),
  ...(["ending", "over", "cueing", "replaying", "rested", "stuck"] as const),
];
const CARD: ShowCard = {
  show: "0123456789",
  version: 1,
  title: "A talk",
  description: "",
  language: "en",
  state: "planned",
  starts_ms: milli(1000),
  epoch_ms: null,
  ended_ms: null,
  duration_s: null,
  stage: [],
  filler: false,
  studio_url: null,
  recorded: true,
  seal: null,
  edition: 0,
  series: null,
  batch_ms: milli(320),
};
const state = (change: Partial<State>): State => ({ ...start(CARD, ["push"]), ...change });

describe("sentences", () => {
  it("are there for every phase: nothing happens without a word", () => {
    for (const phase of PHASES)
      expect(sentence(state({ phase }), false, "at 20:00")).toMatch(/[.…]$/);
  });

  it("say honestly that a show is late", () => {
    expect(isLate(CARD, 999)).toBe(false);
    expect(isLate(CARD, 1000)).toBe(true);
    expect(sentence(state({}), true, "at 20:00")).toBe(
      "It was to begin at 20:00. The host is not on air yet. This page starts by itself.",
    );
  });
});

describe("moments", () => {
  it("are hours on the day, and dates with their zone otherwise", () => {
    const at = Date.UTC(2026, 10, 21, 19, 0);
    expect(moment(at, at + 60_000, "en-GB", "Europe/Berlin")).toBe("at 20:00");
    expect(moment(at, at - 200_000_000, "en-GB", "UTC")).toMatch(
      /^on Sat.* 21 November.* 19:00 UTC$/,
    );
  });
});

describe("times in words", () => {
  it("say the two largest units that say something", () => {
    expect([250_000, 3_600_000, 97_200_000, 0, 86_405_000].map(until)).toEqual([
      "4 minutes 10 seconds",
      "1 hour",
      "1 day 3 hours",
      "0 seconds",
      "1 day",
    ]);
  });

  it("say a position", () => {
    expect(position(725, 2400)).toBe("12 minutes 5 seconds of 40 minutes");
    expect(position(0, 3661)).toBe("0 seconds of 1 hour 1 minute 1 second");
  });

  it("say the distance from live", () => {
    expect([0.94, 12.4, 75, -0.1].map(behindText)).toEqual([
      "0.9 s behind live",
      "12 s behind live",
      "1 minute 15 seconds behind live",
      "0.0 s behind live",
    ]);
  });
});

describe("keys", () => {
  const press = (key: string) => ({ key, plain: true, taken: false });

  it("toggle in both lists, seek in the replay, and go back into a live show", () => {
    expect(command(press(" "), false)).toEqual({ do: "toggle" });
    expect(command(press("K"), true)).toEqual({ do: "toggle" });
    expect(command(press("ArrowLeft"), false)).toEqual({ do: "back", by_s: 15 });
    expect(command(press("n"), false)).toBeNull();
    expect(command(press("ArrowLeft"), true)).toEqual({ do: "skip", by_s: -15 });
  });

  it("are left to the browser and to controls that want them", () => {
    expect(command({ ...press("l"), plain: false }, false)).toBeNull();
    expect(command({ ...press(" "), taken: true }, false)).toBeNull();
  });
});

describe("what a browser can take", () => {
  it("is Opus, else AAC, else HLS", () => {
    expect(codec((type) => type.includes("opus"))).toBe("opus");
    expect(codec((type) => type.includes("mp4a"))).toBe("aac");
    expect(doors(null)).toEqual(["hls"]);
    expect(doors(() => true)).toEqual(["push", "hls"]);
  });
});

describe("choices", () => {
  it("are made whole, whatever was stored", () => {
    for (const odd of [null, 3, "x", [], { volume: 7 }, { volume: "1", speed: 9, muted: 1 }]) {
      expect(sane(odd)).toEqual({ volume: 0.9, muted: false, speed: 1, skip: false });
    }
    expect(sane({ volume: 0.5, muted: true, speed: 1.5, skip: true })).toEqual({
      volume: 0.5,
      muted: true,
      speed: 1.5,
      skip: true,
    });
  });
});

it("silence is a WAV file whose sizes agree", () => {
  const file = silentWav(2);
  const view = new DataView(file.buffer);
  expect(file.length).toBe(16_044);
  expect([view.getUint32(4, true), view.getUint32(40, true)]).toEqual([
    file.length - 8,
    file.length - 44,
  ]);
});
