import { expect, it } from "vitest";
import { type Press, talkKey } from "./keys";

const PLAIN: Press = { key: "m", chord: false, repeat: false, writing: false, pressing: false };

it("mutes once for each press of M, wherever no letters are taken", () => {
  expect(talkKey(PLAIN)).toBe("mute");
  expect(talkKey({ ...PLAIN, key: "M", pressing: true })).toBe("mute");
  expect(talkKey({ ...PLAIN, repeat: true })).toBeNull();
  expect(talkKey({ ...PLAIN, writing: true })).toBeNull();
  expect(talkKey({ ...PLAIN, chord: true })).toBeNull();
});

it("leaves the space bar to the button that it would press", () => {
  expect(talkKey({ ...PLAIN, key: " ", repeat: true })).toBe("push");
  expect(talkKey({ ...PLAIN, key: " ", pressing: true })).toBeNull();
  expect(talkKey({ ...PLAIN, key: " ", writing: true })).toBeNull();
});
