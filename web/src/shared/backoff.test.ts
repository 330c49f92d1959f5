import fc from "fast-check";
import { expect, it } from "vitest";
import { delay_ms } from "./backoff";

it("waits between half a step and the cap, and never shorter for a later attempt with the same luck", () => {
  const backoff = { first_ms: 250, most_ms: 8_000 };
  fc.assert(
    fc.property(fc.nat(100), fc.double({ min: 0, max: 1, noNaN: true }), (attempt, random) => {
      const wait = delay_ms(attempt, backoff, random);
      expect(wait).toBeGreaterThanOrEqual(backoff.first_ms / 2);
      expect(wait).toBeLessThanOrEqual(backoff.most_ms);
      expect(delay_ms(attempt + 1, backoff, random)).toBeGreaterThanOrEqual(wait);
    }),
  );
});
