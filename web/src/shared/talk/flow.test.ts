import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { milli } from "../units";
import { Flow, STALL_MS } from "./flow";

describe("the flow of the return", () => {
  it("is no stall while each reading has more packets, however slowly they come", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: STALL_MS - 1 })), (gaps) => {
        const flow = new Flow();
        let now = 0;
        for (const [index, gap] of gaps.entries()) {
          now += gap;
          expect(flow.stalled(100 + index, milli(now))).toBe(false);
        }
      }),
    );
  });

  it("is a stall once nothing came for long enough, and never before", () => {
    const flow = new Flow();
    flow.stalled(500, milli(0));
    expect(flow.stalled(500, milli(STALL_MS - 1))).toBe(false);
    expect(flow.stalled(500, milli(STALL_MS))).toBe(true);
    expect(flow.stalled(501, milli(STALL_MS + 1))).toBe(false);
  });

  it("that never began does not stall", () => {
    const flow = new Flow();
    flow.stalled(0, milli(0));
    expect(flow.stalled(0, milli(60_000))).toBe(false);
  });

  it("stops over a sleep, at the first look after it", () => {
    const flow = new Flow();
    flow.stalled(500, milli(0));
    expect(flow.stalled(500, milli(3_600_000))).toBe(true);
  });
});
