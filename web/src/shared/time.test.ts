import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clockText, count, dateText, spokenDuration } from "./time";

describe("clockText", () => {
  it("reads back as the same whole second", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 500_000 }), (whole) => {
        const places = clockText(whole + 0.9)
          .split(":")
          .map(Number);
        expect(places.reduce((sum, place) => sum * 60 + place, 0)).toBe(whole);
      }),
    );
  });

  it("never shows a negative time", () => {
    expect(clockText(-3)).toBe("0:00");
  });
});

describe("words", () => {
  it("counts", () => {
    expect([count(1, "player"), count(0, "player")]).toEqual(["1 player", "0 players"]);
  });

  it("says durations", () => {
    expect([1, 59, 60, 3600, 3725].map(spokenDuration)).toEqual([
      "1 second",
      "59 seconds",
      "1 minute",
      "1 hour",
      "1 hour 2 minutes",
    ]);
  });

  it("always names the zone", () => {
    expect(dateText(1_795_206_600_000, "en-GB", "UTC")).toMatch(/UTC$/);
  });
});
