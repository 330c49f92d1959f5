/** The rows of the listener's state machine: what each phase makes of each event. */
import type { Event, Phase, State, Step } from "./machine";
import {
  begin,
  catchUp,
  finished,
  flow,
  go,
  leave,
  lost,
  type Of,
  replay,
  resume,
  rewind,
  stay,
  stuck,
  tune,
  unlessEnded,
  whenEnded,
} from "./moves";

type Row = { readonly [T in Event["type"]]?: (s: State, e: Of<T>) => Step };

export const ROWS: Readonly<Record<Phase, Row>> = {
  unknown: { card: (s) => begin({ ...s, phase: "before" }) },
  before: { card: begin, press: (s) => [{ ...s, armed: true }, [{ do: "arm" }]] },
  ready: { press: (s) => tune(s, "joining"), rewind, card: unlessEnded },
  joining: {
    rewind,
    sound: (s) => go({ ...s, attempt: 0 }, "live"),
    refused: (s) => leave(s, "ready"),
    pause: (s) => leave(s, "ready"),
    studio: (s) => (s.here ? stay(s) : go(s, "quiet")),
    card: unlessEnded,
    finished,
    lost,
  },
  live: {
    rewind,
    dry: (s) => go(s, s.here ? "joining" : "quiet"),
    pause: (s) => [{ ...s, phase: "paused", shifted: true }, [{ do: "pause" }]],
    jump: (s) => stay({ ...s, shifted: false }, { do: "jump" }),
    card: whenEnded,
    finished,
    lost,
  },
  broken: {
    rewind,
    retry: (s) => tune(s, "broken"),
    online: (s) => tune(s, "broken"),
    link: (s, e) => (e.up ? tune(s, "broken") : stay(s)),
    flowing: flow,
    refused: (s) => leave(s, "ready"),
    pause: (s) => [
      { ...s, phase: "paused", shifted: true, tuned: false },
      [{ do: "calm" }, { do: "close" }],
    ],
    card: (s) =>
      s.card?.state !== "ended"
        ? stay(s)
        : s.sounding
          ? go(s, "ending", { do: "calm" })
          : leave(s, "over"),
    finished,
    lost,
  },
  quiet: {
    rewind,
    flowing: flow,
    sound: (s) => go(s, "live"),
    studio: (s) => (s.here ? go(s, "joining", { do: "play" }) : stay(s)),
    pause: (s) => [{ ...s, phase: "paused", shifted: true }, [{ do: "pause" }]],
    card: unlessEnded,
    finished,
    lost,
  },
  paused: {
    rewind,
    press: resume,
    jump: (s) => {
      const [next, effects] = resume({ ...s, shifted: false });
      return s.tuned ? [next, [{ do: "jump" }, ...effects]] : [next, effects];
    },
    weary: (s) => [{ ...s, tuned: false }, [{ do: "close" }]],
    lost: (s) => stay({ ...s, tuned: false }),
    finished: (s) => stay({ ...s, tuned: false }, { do: "look" }),
    card: unlessEnded,
  },
  ending: {
    finished: (s) => stay(s, { do: "finish" }),
    dry: (s) => leave(s, "over"),
    drained: (s) => leave(s, "over"),
    pause: (s) => leave(s, "over"),
    lost: (s) => (s.sounding ? stay(s) : leave(s, "over")),
  },
  over: { press: (s) => replay({ ...s, attempt: 0 }) },
  cueing: {
    jump: catchUp,
    finished: catchUp,
    sound: (s) => go({ ...s, attempt: 0 }, "replaying"),
    pause: (s) => go(s, "rested", { do: "pause" }),
    refused: (s) => go(s, "rested"),
    drained: (s) => go(s, "rested"),
    lost: stuck,
  },
  replaying: {
    jump: catchUp,
    finished: catchUp,
    dry: (s) => go(s, "cueing"),
    pause: (s) => go(s, "rested", { do: "pause" }),
    drained: (s) => go(s, "rested"),
    lost: stuck,
  },
  rested: {
    jump: catchUp,
    press: (s) => (s.tuned ? go(s, "cueing", { do: "play" }) : replay(s)),
    lost: (s) => stay({ ...s, tuned: false }),
  },
  stuck: {
    jump: catchUp,
    retry: (s) => replay(s),
    online: (s) => replay(s),
    link: (s, e) => (e.up ? replay(s) : stay(s)),
    pause: (s) => go(s, "rested", { do: "calm" }, { do: "pause" }),
  },
};
