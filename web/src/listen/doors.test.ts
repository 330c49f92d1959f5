import { expect, it } from "vitest";
import { doors, liveKind } from "./doors";

it("is push where its sound plays, HLS where it does not", () => {
  expect(doors(() => true)).toEqual(["push", "hls"]);
  expect(doors((type) => type.includes("mp4a"))).toEqual(["push", "hls"]);
  expect(doors(() => false)).toEqual(["hls"]);
  expect(doors(null)).toEqual(["hls"]);
});

it("is live HLS by parts until the server is short of time", () => {
  expect([0, 320, 960, 1920].map(liveKind)).toEqual(["low", "low", "live", "live"]);
});
