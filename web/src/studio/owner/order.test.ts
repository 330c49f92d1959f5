import { expect, it } from "vitest";
import type { State } from "../../shared/protocol";
import { milli, seconds } from "../../shared/units";
import { ordered, whenOf } from "./order";

function show(name: string, state: State, starts: number | null = null, created = 0) {
  return {
    show: name,
    version: 1,
    title: name,
    description: "",
    language: "en",
    state,
    starts_ms: starts === null ? null : milli(starts),
    epoch_ms: null,
    ended_ms: null,
    duration_s: state === "ended" ? seconds(3_725) : null,
    stage: [],
    created_ms: milli(created),
  };
}

it("puts live first, then what is to come by date, then the newest of what was", () => {
  const shows = [
    show("old", "ended", null, 1),
    show("later", "planned", 200),
    show("new", "ended", null, 2),
    show("soon", "planned", 100),
    show("now", "live"),
    show("some day", "planned"),
  ];
  const names = ordered(shows).map(({ title }) => title);
  expect(names).toEqual(["now", "some day", "soon", "later", "new", "old"]);
});

it("says when, and how long it was", () => {
  expect(whenOf(show("x", "ended"), "en-GB", "UTC")).toBe("1 January 1970 · 1 hour 2 minutes");
  expect(whenOf(show("x", "planned"), "en-GB", "UTC")).toBe("No date yet");
  expect(whenOf(show("x", "live"))).toBe("On air");
});
