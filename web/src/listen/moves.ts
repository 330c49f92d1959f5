/** What the rows of the table are made of: one step each, from a state to the next with its effects. Pure. */
import type { Door, Effect, Event, Phase, State, Step } from "./machine";

export type Of<T extends Event["type"]> = Extract<Event, { type: T }>;

/** A source that ran this long was sound; its end says nothing against the door. */
export const STEADY_MS = 5000;
/** Failures of one door, the edge being there, after which the other is tried. */
const STRIKES = 2;

export const go = (s: State, phase: Phase, ...effects: Effect[]): Step => [
  { ...s, phase },
  effects,
];
export const stay = (s: State, ...effects: Effect[]): Step => [s, effects];

export const tune = (s: State, phase: Phase): Step => [
  { ...s, phase, tuned: true, shifted: false },
  [{ do: "calm" }, { do: "open", door: s.door }, { do: "play" }],
];
export const resume = (s: State): Step =>
  s.tuned ? go(s, "joining", { do: "play" }) : tune(s, "joining");
export const leave = (s: State, phase: Phase): Step => [
  { ...s, phase, tuned: false, sounding: false, shifted: false, attempt: 0 },
  [{ do: "calm" }, { do: "close" }],
];
export const unlessEnded = (s: State): Step =>
  s.card?.state === "ended" ? leave(s, "over") : stay(s);
export function flow(s: State): Step {
  if (!s.tuned) return stay(s);
  return s.sounding ? go(s, "live") : go(s, "joining", { do: "play" });
}
const ending = (s: State): Step =>
  s.sounding ? go(s, "ending", { do: "calm" }) : leave(s, "over");
export const whenEnded = (s: State): Step => (s.card?.state === "ended" ? ending(s) : stay(s));

function other(s: State): Door {
  return s.doors.find((door) => door !== s.door) ?? s.door;
}

export function lost(s: State, e: Of<"lost">): Step {
  const steady = e.after_ms >= STEADY_MS;
  const guilty = e.cause === "media" || (e.cause === "connection" && s.linked && !steady);
  const strikes = guilty ? s.strikes + 1 : steady ? 0 : s.strikes;
  const change = strikes >= STRIKES;
  const attempt = steady ? 0 : s.attempt + 1;
  const drop = change || e.cause === "media";
  const next: State = {
    ...s,
    phase: "broken",
    tuned: s.tuned && !drop,
    attempt,
    strikes: change ? 0 : strikes,
    door: change ? other(s) : s.door,
  };
  const effects: Effect[] = [{ do: "wait", attempt }];
  if (drop) effects.unshift({ do: "close" });
  if (e.cause === "not_live") effects.unshift({ do: "look" });
  return [next, effects];
}

/**
 * The response came to its orderly end. That is the end of the show only if the card says so: an edge
 * that is being restarted ends its responses in the same way.
 */
export function finished(s: State): Step {
  if (s.card?.state !== "ended")
    return lost(s, { type: "lost", cause: "not_live", after_ms: STEADY_MS });
  const [next, effects] = ending(s);
  return [next, [...effects, { do: "finish" }]];
}

export const begin = (s: State): Step => {
  if (s.card?.state === "live") return tune(s, "joining");
  return s.card?.state === "ended" ? leave(s, "over") : stay(s);
};

export const replay = (s: State, phase: Phase = "cueing"): Step => [
  { ...s, phase, tuned: true },
  [{ do: "calm" }, { do: "load" }, { do: "play" }],
];
/** Back into what was said, while the show goes on. */
export const rewind = (s: State): Step => [
  { ...s, phase: "cueing", tuned: true, sounding: false, shifted: false, attempt: 0 },
  [{ do: "calm" }, { do: "close" }, { do: "load" }, { do: "play" }],
];
/** And out of it again, to live; of a show that has ended there is no live. */
export const catchUp = (s: State): Step => {
  if (s.card?.state !== "live") return stay(s);
  const [next, effects] = tune({ ...s, sounding: false, attempt: 0 }, "joining");
  return [next, [{ do: "close" }, ...effects]];
};
export const stuck = (s: State, e: Of<"lost">): Step => {
  const attempt = e.after_ms >= STEADY_MS ? 0 : s.attempt + 1;
  return [{ ...s, phase: "stuck", attempt, tuned: false }, [{ do: "wait", attempt }]];
};
