import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ShowCard, State as ShowState } from "../shared/protocol";
import { milli } from "../shared/units";
import { type Effect, type Event, isReplay, type Phase, type State, start, step } from "./machine";

const CARD: ShowCard = {
  show: "0123456789",
  version: 1,
  title: "A talk",
  description: "",
  language: "en",
  state: "planned",
  starts_ms: null,
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

function card(state: ShowState): ShowCard {
  return { ...CARD, state, version: { planned: 1, live: 2, ended: 3 }[state] };
}

const says = (state: ShowState): Event => ({ type: "card", card: card(state) });
const lost = (after_ms = 0): Event => ({ type: "lost", cause: "connection", after_ms });

/** A world that holds what the effects make of it. */
interface World {
  readonly state: State;
  readonly source: boolean;
  readonly waiting: boolean;
  /** An attempt is under way: opened, and not reported lost. */
  readonly trying: boolean;
  readonly did: readonly Effect["do"][];
}

function world(state: ShowState): World {
  const opening = start(card(state), ["push", "hls"]);
  return { state: opening, source: false, waiting: false, trying: false, did: [] };
}

const CHANGES: Partial<Record<Effect["do"], Partial<World>>> = {
  open: { source: true, trying: true },
  load: { source: true, trying: true },
  close: { source: false },
  wait: { waiting: true },
  calm: { waiting: false },
};

function hear(before: World, event: Event): World {
  const [state, effects] = step(before.state, event);
  const did = effects.map((effect) => effect.do);
  let after = Object.assign({}, before, { state, did });
  if (event.type === "retry") after = { ...after, waiting: false };
  if (event.type === "lost") after = { ...after, trying: false };
  for (const done of did) {
    after = Object.assign({}, after, CHANGES[done]);
    if (done === "play") expect(after.source).toBe(true);
  }
  return after;
}

function tell(before: World, ...events: Event[]): World {
  return events.reduce(hear, before);
}

/** Any event that a world can bring; a timer that isn't set doesn't ring. */
const anyEvent = fc.oneof(
  fc.constantFrom<ShowState>("planned", "live", "ended").map(says),
  fc.boolean().map((here): Event => ({ type: "studio", here })),
  fc.boolean().map((up): Event => ({ type: "link", up })),
  fc
    .tuple(fc.constantFrom("connection", "silence", "not_live", "media" as const), fc.nat(9000))
    .map(([cause, after_ms]): Event => ({ type: "lost", cause, after_ms }) as Event),
  fc
    .constantFrom<Event["type"]>(
      ...([
        "press",
        "pause",
        "jump",
        "rewind",
        "refused",
        "flowing",
        "sound",
        "dry",
        "online",
      ] as const),
      ...(["finished", "drained", "weary", "retry"] as const),
    )
    .map((type) => ({ type }) as Event),
);
const story = fc.array(anyEvent, { maxLength: 60 });
/** Rare turns of a story need many stories. */
const MANY = { numRuns: 2000 };
const opening = fc.constantFrom<ShowState>("planned", "live", "ended");

function live(w: World): World {
  return tell(w, { type: "press" }, { type: "flowing" }, { type: "sound" });
}

describe("the listener's machine", () => {
  it("asks to play only when there is a source, whatever happens", () => {
    fc.assert(
      fc.property(opening, story, (from, events) => {
        tell(world(from), ...events); // `tell` expects it at every step
      }),
      MANY,
    );
  });

  it("never hopes without trying: a broken connection has a timer or an attempt", () => {
    fc.assert(
      fc.property(opening, story, (from, events) => {
        const reached = tell(world(from), ...events);
        const hopes = reached.state.phase === "broken" || reached.state.phase === "stuck";
        if (hopes) expect(reached.waiting || reached.trying).toBe(true);
      }),
      MANY,
    );
  });

  it("comes back to sound by itself once the world is well again", () => {
    const wanting = new Set<Phase>(["joining", "live", "broken", "quiet"]);
    fc.assert(
      fc.property(story, (events) => {
        const w = tell(world("live"), ...events);
        if (!wanting.has(w.state.phase)) return;
        const healed = tell(w, { type: "studio", here: true }, { type: "retry" });
        expect(tell(healed, { type: "flowing" }, { type: "sound" }).state.phase).toBe("live");
      }),
      MANY,
    );
  });

  it("never waits for a sound that is there, however soon one presses again", () => {
    fc.assert(
      fc.property(opening, story, (from, events) => {
        const { phase, sounding } = tell(world(from), ...events).state;
        if (phase === "cueing" || phase === "joining") expect(sounding).toBe(false);
      }),
      MANY,
    );
  });

  it("never keeps a listener in a show that has ended", () => {
    fc.assert(
      fc.property(opening, story, (from, events) => {
        const w = tell(world(from), ...events, says("ended"), { type: "dry" });
        expect(isReplay(w.state.phase)).toBe(true);
      }),
      MANY,
    );
  });

  it("does not go back to an older card", () => {
    const w = tell(world("ended"), says("live"), says("planned"));
    expect(w.state.card?.state).toBe("ended");
    expect(w.state.phase).toBe("over");
  });
});

describe("joining", () => {
  it("takes one press", () => {
    expect(live(world("live")).state.phase).toBe("live");
  });

  it("starts by itself when the card turns live, and asks for a press where autoplay is refused", () => {
    const begun = tell(world("planned"), says("live"));
    expect(begun.did).toContain("open");
    expect(tell(begun, { type: "refused" }).state.phase).toBe("ready");
  });
});

describe("doors", () => {
  it("goes to HLS when push fails twice though the edge is there", () => {
    const w = tell(
      world("live"),
      { type: "link", up: true },
      { type: "press" },
      lost(),
      { type: "retry" },
      lost(),
    );
    expect(w.state.door).toBe("hls");
  });

  it("stays with push while the edge is away, however long", () => {
    fc.assert(
      fc.property(fc.nat(30), (times) => {
        const gone = tell(live(world("live")), { type: "link", up: false }, lost(60_000));
        const attempts = Array.from({ length: times }, () => [{ type: "retry" } as Event, lost()]);
        expect(tell(gone, ...attempts.flat()).state.door).toBe("push");
      }),
    );
  });

  it("stays with push where nothing is heard of the edge, though nobody said that it is gone", () => {
    const silent: Event = { type: "lost", cause: "silence", after_ms: 0 };
    const w = tell(
      live(world("live")),
      { type: "link", up: true },
      silent,
      { type: "retry" },
      silent,
      { type: "retry" },
      silent,
    );
    expect(w.state.door).toBe("push");
    expect(w.state.phase).toBe("broken");
  });

  it("waits longer with every failure, and forgets them after steady sound", () => {
    const w = tell(
      live(world("live")),
      lost(60_000),
      { type: "retry" },
      lost(),
      { type: "retry" },
      lost(),
    );
    expect(w.state.attempt).toBe(2);
    expect(
      tell(w, { type: "retry" }, { type: "flowing" }, { type: "sound" }, lost(60_000)).state
        .attempt,
    ).toBe(0);
  });
});

describe("the end", () => {
  it("plays out what is buffered, then offers the replay", () => {
    const ending = tell(live(world("live")), says("ended"));
    expect(ending.state.phase).toBe("ending");
    expect(ending.source).toBe(true);
    const over = tell(ending, { type: "finished" }, { type: "drained" });
    expect([over.state.phase, over.source]).toEqual(["over", false]);
  });

  it("takes an orderly end without an ended card for a restart of the edge", () => {
    const w = tell(live(world("live")), { type: "finished" });
    expect(w.state.phase).toBe("broken");
    expect(w.did).toContain("look");
  });
});

describe("the studio", () => {
  it("is said to be quiet when the sound runs out while it is away, and is waited for", () => {
    const quiet = tell(live(world("live")), { type: "studio", here: false }, { type: "dry" });
    expect(quiet.state.phase).toBe("quiet");
    expect(tell(quiet, { type: "flowing" }, { type: "sound" }).state.phase).toBe("live");
  });
});
