import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { milli } from "../units";
import { Judge, peakDb, rmsDb, SILENCE_DB } from "./level";

function sine(amplitude: number): Float32Array {
  return Float32Array.from({ length: 4_800 }, (_, index) => amplitude * Math.sin(index * 0.0576));
}

describe("levels", () => {
  it("measure a full-scale sine at -3 dBFS, and half of it 6 dB lower", () => {
    expect(rmsDb(sine(1))).toBeCloseTo(-3.01, 1);
    expect(rmsDb(sine(1)) - rmsDb(sine(0.5))).toBeCloseTo(6.02, 2);
    expect(peakDb(sine(0.5))).toBeCloseTo(-6.02, 1);
  });

  it("measure nothing as silence", () => {
    expect([rmsDb(new Float32Array(8)), peakDb(new Float32Array(8))]).toEqual([
      SILENCE_DB,
      SILENCE_DB,
    ]);
    expect(rmsDb(new Float32Array())).toBe(SILENCE_DB);
  });

  it("put the peak above the mean", () => {
    const sound = fc.array(fc.float({ min: -1, max: 1, noNaN: true }), { minLength: 1 });
    fc.assert(
      fc.property(sound, (samples) => {
        const heard = Float32Array.from(samples);
        expect(peakDb(heard)).toBeGreaterThanOrEqual(rmsDb(heard) - 1e-6);
      }),
    );
  });
});

describe("the verdict", () => {
  const heard = (rms_db: number, peak_db: number, at_ms: number) => ({
    rms_db,
    peak_db,
    at_ms: milli(at_ms),
  });

  it.each([
    [-96, -96, "silent"],
    [-50, -40, "quiet"],
    [-25, -10, "good"],
    [-12, -0.2, "loud"],
  ])("of %d dB with peaks of %d dB is %s", (rms_db, peak_db, verdict) => {
    expect(new Judge().hear(heard(rms_db, peak_db, 0))).toBe(verdict);
  });

  it("outlasts a breath, not a silence", () => {
    const judge = new Judge();
    judge.hear(heard(-25, -10, 0));
    expect(judge.hear(heard(-90, -90, 2_000))).toBe("good");
    expect(judge.hear(heard(-90, -90, 3_000))).toBe("silent");
  });
});
