import { expect, test } from "vitest";
import { choiceOf, choices, daysOf, went } from "./keeping";

test.each([null, 0, 7, 365, 12])("keep_days %s is one of its own choices", (days) => {
  const found = choices(days).filter(({ choice }) => choice === choiceOf(days));
  expect(found).toHaveLength(1);
  expect(daysOf(choiceOf(days))).toBe(days);
});

test("what went is said by what there was", () => {
  const bytes = { programme: 12_300_000, tracks: 0, exports: 1_000_000, total: 13_300_000 };
  const words = went({ show: "x", title: "A talk", duration_s: null, bytes, files: 7 });
  expect(words).toBe("“A talk” was deleted for good: programme (12 MB), exports (1.0 MB).");
  const nothing = { programme: 0, tracks: 0, exports: 0, total: 0 };
  expect(went({ show: "x", title: "A", duration_s: null, bytes: nothing, files: 0 })).toBe(
    "“A” was deleted for good.",
  );
});
