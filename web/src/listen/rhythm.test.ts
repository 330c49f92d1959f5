import fc from "fast-check";
import { expect, it } from "vitest";
import { milli, seconds } from "../shared/units";
import { read, still } from "./motion";
import { beat, rhythm, silent } from "./rhythm";

it("an ordinary line is never taken for dead, whatever the batch", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(320, 960, 1920),
      fc.array(fc.nat(80), { minLength: 5 }),
      (batch, jitter) => {
        let r = rhythm(milli(0));
        let now = 0;
        for (const late of jitter) {
          now += batch + late;
          expect(silent(r, milli(now))).toBe(false);
          r = beat(r, milli(now));
        }
      },
    ),
  );
});

it("a dead line is found out within five seconds", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(60_000)), (waits) => {
      let now = 0;
      let r = rhythm(milli(now));
      for (const wait of waits) {
        now += wait;
        r = beat(r, milli(now));
      }
      expect(silent(r, milli(now + 5000))).toBe(true);
    }),
  );
});

it("sound is movement of the position, at any speed, and its end is noticed within half a second", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.75, max: 2, noNaN: true }),
      fc.integer({ min: 2, max: 40 }),
      (speed, ticks) => {
        let m = still(seconds(100), milli(0));
        for (let tick = 1; tick <= ticks; tick += 1) {
          m = read(m, seconds(100 + tick * 0.25 * speed), milli(tick * 250));
          expect(m.moving).toBe(true);
        }
        const stopped = read(
          read(m, m.at, milli(ticks * 250 + 250)),
          m.at,
          milli(ticks * 250 + 500),
        );
        expect(stopped.moving).toBe(false);
      },
    ),
  );
});

it("a seek is not sound", () => {
  const m = still(seconds(0), milli(0));
  expect(read(m, seconds(500), milli(250)).moving).toBe(false);
  expect(read(m, seconds(-5), milli(250)).moving).toBe(false);
});
