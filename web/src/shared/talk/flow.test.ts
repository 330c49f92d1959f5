import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { milli } from "../units";
import { DOUBT_MS, Flow, STALL_MS } from "./flow";

describe("the flow of the return", () => {
  it("goes on while each reading has more packets, however slowly they come", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 10 * STALL_MS })), (gaps) => {
        const flow = new Flow();
        let now = 0;
        for (const [index, gap] of gaps.entries()) {
          now += gap;
          expect(flow.read(100 + index, milli(now))).toBe("flowing");
        }
      }),
    );
  });

  it("is doubted first and stalls then, once nothing came for long enough, and never before", () => {
    const flow = new Flow();
    flow.read(500, milli(0));
    expect(flow.read(500, milli(DOUBT_MS - 1))).toBe("flowing");
    expect(flow.read(500, milli(DOUBT_MS))).toBe("doubtful");
    expect(flow.read(500, milli(STALL_MS - 1))).toBe("doubtful");
    expect(flow.read(500, milli(STALL_MS))).toBe("stalled");
    expect(flow.read(501, milli(STALL_MS + 1))).toBe("flowing");
  });

  it("is not doubted for one lost packet of a silence, and stalls before a second is over", () => {
    const silence_ms = 200; // between two packets, when nobody speaks
    expect(DOUBT_MS).toBeGreaterThan(silence_ms);
    expect(STALL_MS).toBeGreaterThan(2 * silence_ms);
    expect(STALL_MS).toBeLessThan(1_000);
  });

  it("that never began does not stall", () => {
    const flow = new Flow();
    flow.read(0, milli(0));
    expect(flow.read(0, milli(60_000))).toBe("flowing");
  });

  it("stops over a sleep, at the first look after it", () => {
    const flow = new Flow();
    flow.read(500, milli(0));
    expect(flow.read(500, milli(3_600_000))).toBe("stalled");
  });
});
