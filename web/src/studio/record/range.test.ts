import { expect, test } from "vitest";
import { timeOf } from "./range";

test.each([
  ["1:02:03.5", 3_723_500],
  ["62:03", 3_723_000],
  [" 3723 ", 3_723_000],
  ["0", 0],
  ["", null],
  ["1:2:3:4", null],
  ["-5", null],
  ["half past", null],
])("%s", (text, ms) => {
  expect(timeOf(text)).toBe(ms);
});
