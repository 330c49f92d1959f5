import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { milli, seconds } from "../shared/units";
import {
  behind,
  calmed,
  estimate,
  LEAST,
  NO_OFFSET,
  NO_SLACK,
  observe,
  rate,
  smooth,
  stalled,
  strayed,
  target,
} from "./latency";

const START = 1_795_206_600_000;

describe("the server's clock", () => {
  it("is known to within the quickest message", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -1_000_000, max: 1_000_000 }),
        fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 24 }),
        (truth, delays) => {
          const offset = delays.reduce((known, delay, i) => {
            const sent = START + i * 5000;
            return observe(known, milli(sent), milli(sent - truth + delay));
          }, NO_OFFSET);
          expect(truth - (estimate(offset) ?? Number.NaN)).toBe(Math.min(...delays));
        },
      ),
    );
  });

  it("is learnt anew when one of the clocks is set", () => {
    const before = observe(NO_OFFSET, milli(START), milli(START));
    const after = observe(before, milli(START + 5000), milli(START + 65_000));
    expect(estimate(after)).toBe(-60_000);
  });

  it("is not known before the first message", () => {
    expect(estimate(NO_OFFSET)).toBeNull();
  });
});

describe("behind live", () => {
  it("is the time since the sample was mixed", () => {
    expect(behind(milli(START), seconds(10), milli(START + 10_900))).toBeCloseTo(0.9);
  });

  it("is steered to the target and stays there", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.2, max: 3, noNaN: true }),
        fc.double({ min: 0.8, max: 2, noNaN: true }),
        (from, target) => {
          let distance = from;
          let used = 1;
          let most = 0;
          for (let tick = 0; tick < 4 * 180; tick += 1) {
            used = rate(seconds(distance), seconds(target), used);
            most = Math.max(most, Math.abs(used - 1));
            distance -= (used - 1) * 0.25;
          }
          expect(most).toBeLessThanOrEqual(0.03 + 1e-9);
          expect(Math.abs(distance - target)).toBeLessThanOrEqual(0.1);
          expect(rate(seconds(target), seconds(target), used)).toBe(1);
        },
      ),
    );
  });

  it("is shown without flicker and follows a jump at once", () => {
    expect(smooth(seconds(1), seconds(1.2))).toBeCloseTo(1.05);
    expect(smooth(seconds(1), seconds(30))).toBe(30);
    expect(smooth(null, seconds(2))).toBe(2);
  });
});

describe("the target", () => {
  it("widens with stalls, within bounds, and comes back with calm", () => {
    fc.assert(
      fc.property(fc.nat(40), (stalls) => {
        let slack = NO_SLACK;
        for (let i = 0; i < stalls; i += 1) slack = stalled(slack, milli(i));
        expect(target(LEAST, slack)).toBeLessThanOrEqual(4);
        if (stalls) expect(target(LEAST, slack)).toBeGreaterThan(1.1);
        for (let t = 0; t < 20 * 180_000; t += 180_000) slack = calmed(slack, milli(t + 1000));
        expect(target(LEAST, slack)).toBeCloseTo(LEAST);
      }),
    );
  });
});

describe("far from the target", () => {
  it.each(["rate", "jump", "itself"] as const)(
    "is left at once (%s) where the rate would take minutes",
    (keeps) => {
      expect(strayed(seconds(30.8), LEAST, keeps)).toBe(true);
      expect(strayed(seconds(LEAST + 1.4), LEAST, keeps)).toBe(false);
    },
  );

  it("is never where the rate is back within two minutes", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.8, max: 8, noNaN: true }), (from) => {
        if (strayed(seconds(from), LEAST, "rate")) return;
        let distance = from;
        let used = 1;
        for (let tick = 0; tick < 4 * 120; tick += 1) {
          used = rate(seconds(distance), LEAST, used);
          distance -= (used - 1) * 0.25;
        }
        expect(distance - LEAST).toBeLessThanOrEqual(0.1);
      }),
    );
  });
});
