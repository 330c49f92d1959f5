import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CHOICES, nameOf, sizeText, standing, underWay } from "./export-words";

const job = { state: "running", step: "Making the file", done: 0.999, message: null };

describe("standing", () => {
  it("never says that all is done while something is left", () => {
    expect(standing(job as never)).toBe("Making the file: 99 %");
  });

  it("tells why something failed in the server's own words", () => {
    const failed = { ...job, state: "failed", message: "The disk is full." };
    expect(standing(failed as never)).toBe("The disk is full.");
    expect(underWay(failed as never)).toBe(false);
  });
});

describe("sizeText", () => {
  it("is within a twentieth of the truth, in three digits at most", () => {
    const factors = { bytes: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 } as const;
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9e14 }), (bytes) => {
        const [number = "", unit = ""] = sizeText(bytes).split(" ");
        const told = Number(number) * factors[unit as keyof typeof factors];
        expect(Math.abs(told - bytes)).toBeLessThanOrEqual(bytes / 19);
        expect(number.replace(".", "").length).toBeLessThanOrEqual(3);
      }),
    );
  });
});

it("has a name of its own for every choice", () => {
  expect(new Set(CHOICES.map(([kind]) => nameOf(kind))).size).toBe(CHOICES.length);
});
