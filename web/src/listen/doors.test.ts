import { expect, it } from "vitest";
import { doors, liveKind, rateIsHeard } from "./doors";

it("is push where its sound plays, HLS where it does not", () => {
  expect(doors(() => true)).toEqual(["push", "hls"]);
  expect(doors((type) => type.includes("mp4a"))).toEqual(["push", "hls"]);
  expect(doors(() => false)).toEqual(["hls"]);
  expect(doors(null)).toEqual(["hls"]);
});

it("is live HLS by parts until the server is short of time", () => {
  expect([0, 320, 960, 1920].map(liveKind)).toEqual(["low", "low", "live", "live"]);
});

it("keeps its hands off the playback rate where GStreamer plays", () => {
  const apple = "Apple Computer, Inc.";
  expect(rateIsHeard(apple, "")).toBe(true); // GNOME's browser
  expect(rateIsHeard(apple, "maybe")).toBe(false); // Safari
  expect(rateIsHeard("Google Inc.", "")).toBe(false);
  expect(rateIsHeard("", "")).toBe(false); // Firefox
});
