import { expect, test } from "vitest";
import { recordedText } from "./recorded";

test.each([
  ["planned", true, "Will be recorded"],
  ["planned", false, "Will not be recorded"],
  ["live", true, "Recording"],
  ["live", false, "Not recorded"],
  ["ended", true, ""],
  ["ended", false, "Not recorded"],
] as const)("a %s show, recorded: %s", (state, recorded, words) => {
  expect(recordedText({ state, recorded })).toBe(words);
});
