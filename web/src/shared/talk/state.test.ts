import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { MuteState, ShowCard, Standing, Status } from "../protocol";
import { milli, seconds } from "../units";
import {
  firstState,
  onAir,
  onAirFor,
  silenced,
  type Talk,
  UNHEARD_MS,
  unheard,
  wantsSeat,
} from "./state";
import { type Down, type Event, LATE_MS, MEND_MS, step } from "./step";

const CARD: ShowCard = {
  show: "0123456789",
  version: 1,
  title: "A show",
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

function status(card: Partial<ShowCard> = {}, more: Partial<Status> = {}): Status {
  return {
    type: "status",
    card: { ...CARD, ...card },
    listening: { players: 3, definition: "players" },
    on_air_s: null,
    seat: "mine",
    level_db: -20,
    muted: false,
    edges: 1,
    notice: null,
    now_ms: milli(0),
    ...more,
  };
}

const says = (down: Down, now = 0): Event => ({
  type: "down",
  down,
  now_ms: milli(now),
  random: 0.5,
});
const tick = (now: number): Event => ({ type: "tick", now_ms: milli(now), random: 0.5 });
const offered = (now = 0): Event => ({ type: "offered", now_ms: milli(now) });
const OPEN: Event = { type: "link", link: "open" };
const LOST: Event = { type: "link", link: "lost" };
const ASK: Event = { type: "mic", event: "ask" };
const MIC: Event = { type: "mic", event: "open" };
const ANSWER = says({ type: "answer", sdp: "", attempt: 1 });
const CONNECTED = says({ type: "media", state: "connected" });

const run = (...events: Event[]): Talk => events.reduce(step, firstState(true));
const LIVE = says(status({ state: "live", version: 2 }));
const HEARD: Event[] = [OPEN, says(status()), ASK, MIC, offered(), ANSWER, CONNECTED];

describe("getting heard", () => {
  it("begins as soon as link, show and microphone are there, in whatever order they come", () => {
    const needed = [[OPEN], [says(status())], [ASK, MIC]];
    fc.assert(
      fc.property(fc.shuffledSubarray(needed, { minLength: 3 }), (order) => {
        expect(wantsSeat(run(...order.flat()))).toBe(true);
      }),
    );
  });

  it("does not begin while any of them is missing, or when the show is over", () => {
    expect(wantsSeat(run(says(status()), ASK, MIC))).toBe(false);
    expect(wantsSeat(run(OPEN, says(status())))).toBe(false);
    expect(wantsSeat(run(OPEN, says(status({ state: "ended" })), ASK, MIC))).toBe(false);
    expect(wantsSeat(run(OPEN, says(status()), ASK))).toBe(false);
  });

  it("says within 10 s that UDP is blocked, tries again, and takes it back once sound gets through", () => {
    const late = run(...HEARD.slice(0, 6), tick(LATE_MS - 1));
    expect(late.blocked).toBe(false);
    const blocked = step(late, tick(LATE_MS));
    expect([blocked.blocked, blocked.seat]).toEqual([true, "waiting"]);
    expect(LATE_MS).toBeLessThan(10_000);
    const again = step(blocked, tick(LATE_MS + 6_000));
    expect([again.blocked, wantsSeat(again)]).toEqual([true, true]);
    const through = [offered(), ANSWER, CONNECTED].reduce(step, again);
    expect([through.blocked, through.failures]).toEqual([false, 0]);
  });

  it("never waits without knowing until when", () => {
    const anything = fc.constantFrom<Event>(
      OPEN,
      LOST,
      ASK,
      MIC,
      ANSWER,
      CONNECTED,
      LIVE,
      says(status()),
      offered(5),
      tick(9_000),
      tick(20_000),
      { type: "lost", now_ms: milli(50), random: 0.1 },
      says({ type: "taken" }),
      says({ type: "media", state: "lost" }),
      says({ type: "error", code: "seat_taken", message: "" }),
      says({ type: "error", code: "media_unreachable", message: "" }),
      says({ type: "error", code: "other", message: "" }),
    );
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 40 }), (events) => {
        const talk = run(...events);
        expect(talk.seat === "waiting").toBe(talk.again_ms !== null);
        if (talk.seat === "offering" || talk.seat === "joining")
          expect(talk.offered_ms).not.toBeNull();
      }),
    );
  });
});

describe("a bad day", () => {
  it("a studio that comes back gets the microphone without a click", () => {
    const gone = run(...HEARD, LIVE, LOST);
    expect(wantsSeat(gone)).toBe(false);
    const back = [OPEN, says(status({ state: "live", version: 2 }, { seat: "free" }))];
    expect(wantsSeat(back.reduce(step, gone))).toBe(true);
  });

  it("a socket that breaks and comes back leaves the voice as it is", () => {
    const back = run(...HEARD, LIVE, LOST, OPEN, LIVE);
    expect([back.seat, wantsSeat(back)]).toEqual(["in", false]);
  });

  it("a seat that another window took meanwhile stays there", () => {
    const elsewhere = says(status({ state: "live", version: 2 }, { seat: "elsewhere" }));
    const back = run(...HEARD, LIVE, LOST, OPEN, elsewhere);
    expect([back.seat, wantsSeat(back)]).toEqual(["taken", false]);
  });

  it("without a microphone the stage is heard all the same", () => {
    const absent: Event = { type: "mic", event: "absent" };
    const talk = run(OPEN, LIVE, ASK, absent);
    expect(wantsSeat(talk)).toBe(true);
    const there = [offered(), ANSWER, CONNECTED, LIVE, tick(9_999)].reduce(step, talk);
    expect([there.seat, there.unheard_ms]).toEqual(["in", null]);
    expect(unheard(there, milli(99_999))).toBe(false);
  });

  it("sound that stops is mended, and offered anew if that takes too long", () => {
    const stalled: Event = { type: "stalled", now_ms: milli(5_000) };
    const mending = run(...HEARD, LIVE, stalled);
    expect([mending.seat, wantsSeat(mending)]).toEqual(["mending", false]);
    expect(step(mending, { type: "flowing" }).seat).toBe("in");
    expect(step(mending, tick(5_000 + MEND_MS - 1)).seat).toBe("mending");
    expect(wantsSeat(step(mending, tick(5_000 + MEND_MS)))).toBe(true);
    const unknown = says({ type: "error", code: "seat_not_yours", message: "" });
    expect(wantsSeat(step(mending, unknown))).toBe(true);
    expect(run(...HEARD.slice(0, 5), stalled).seat).toBe("offering");
  });

  it("sound and socket that stop together begin anew as soon as the studio answers", () => {
    const broken: Event = { type: "broken" };
    const connecting: Event = { type: "link", link: "connecting" };
    const stalled: Event = { type: "stalled", now_ms: milli(5_000) };
    for (const before of [[], [stalled]]) {
      const alone = run(...HEARD, LIVE, ...before, connecting, broken);
      expect([alone.seat, wantsSeat(alone)]).toEqual(["out", false]);
      expect(wantsSeat(step(alone, OPEN))).toBe(true);
    }
    const elsewhere = run(...HEARD, LIVE, says({ type: "taken" }), connecting, broken, OPEN);
    expect([elsewhere.seat, wantsSeat(elsewhere)]).toEqual(["taken", false]);
  });

  it("a second window waits for its person", () => {
    const second = run(
      ...HEARD.slice(0, 5),
      says({ type: "error", code: "seat_taken", message: "" }),
    );
    expect(second.seat).toBe("elsewhere");
    expect(wantsSeat([LOST, OPEN, tick(60_000)].reduce(step, second))).toBe(false);
    expect(step(second, offered()).seat).toBe("offering");
  });

  it("a window whose microphone was taken does not snatch it back", () => {
    const taken = run(...HEARD, LIVE, says({ type: "taken" }), LOST, OPEN, LIVE);
    expect([taken.seat, wantsSeat(taken)]).toEqual(["taken", false]);
  });

  it("silence on air is told, unless one is muted or only pauses", () => {
    const mute: Event = { type: "muted", muted: true };
    const silent = (now: number) =>
      says(status({ state: "live", version: 2 }, { level_db: -90 }), now);
    const on = run(...HEARD, silent(0), silent(UNHEARD_MS));
    expect(unheard(on, milli(UNHEARD_MS))).toBe(true);
    expect(unheard(on, milli(UNHEARD_MS - 1))).toBe(false);
    expect(unheard(step(on, LIVE), milli(UNHEARD_MS))).toBe(false);
    expect(unheard(run(...HEARD, mute, silent(0)), milli(99_999))).toBe(false);
  });

  it("a late message about an older show card changes nothing", () => {
    const live = run(...HEARD, LIVE);
    expect(step(live, says(status({ version: 1 })))).toBe(live);
  });
});

it("a page that is loaded again while muted stays muted", () => {
  expect(run(OPEN, says(status({}, { muted: true }))).muted).toBe(true);
  expect(run(...HEARD, says(status({}, { muted: true }))).muted).toBe(false);
});

describe("time on air", () => {
  it("runs on between two words of the studio", () => {
    const live = run(OPEN, says(status({ state: "live" }, { on_air_s: seconds(61) }), 1_000));
    expect(onAirFor(live, milli(1_500))).toBeCloseTo(61.5);
    expect(onAirFor(run(OPEN, says(status())), milli(9))).toBeNull();
  });
});

describe("muting", () => {
  const you = (mute: MuteState): Event =>
    says({ type: "you", seat: "s", role: "speaker", standing: "air", mute });
  const mute = (muted: boolean): Event => ({ type: "muted", muted });
  const push = (pushing: boolean): Event => ({ type: "push", pushing });

  it("by others holds, whatever the person does", () => {
    const own = fc.constantFrom(mute(true), mute(false), push(true), push(false));
    fc.assert(
      fc.property(fc.array(own), (events) => {
        expect(silenced([you("held"), ...events].reduce(step, run(...HEARD)))).toBe(true);
      }),
    );
  });

  it("by others is not undone by being let go: the person unmutes", () => {
    const released = run(...HEARD, you("held"), you("muted"));
    expect(silenced(released)).toBe(true);
    expect(silenced(step(released, mute(false)))).toBe(false);
  });

  it("gives way to the key of push-to-talk, and comes back", () => {
    const muted = run(...HEARD, mute(true));
    const pushing = [push(true), you("open")].reduce(step, muted);
    expect(silenced(pushing)).toBe(false);
    expect(silenced([push(false), you("muted")].reduce(step, pushing))).toBe(true);
  });
});

it("who was removed asks for nothing more", () => {
  const gone = run(...HEARD, says({ type: "removed", message: "Good-bye" }));
  expect([gone.removed, gone.seat]).toEqual(["Good-bye", "out"]);
  expect(wantsSeat([OPEN, says(status()), tick(9_000)].reduce(step, gone))).toBe(false);
});

describe("who hears this seat", () => {
  const at = (standing: Standing) =>
    run(...HEARD, LIVE, says({ type: "you", seat: "s", role: "speaker", standing, mute: "open" }));

  it("is everybody on air only", () => {
    expect(onAir(at("air"))).toBe(true);
    expect([onAir(at("green")), onAir(at("off"))]).toEqual([false, false]);
  });
});
