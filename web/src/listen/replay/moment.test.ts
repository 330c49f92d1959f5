import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seconds } from "../../shared/units";
import { linkTo, timeOf, wish } from "./moment";

const HOUR = seconds(3600);

describe("a moment", () => {
  it("is read as people and programs write it", () => {
    expect(["1:02:03", "3723", "3723s", "02:03", "7", "0:00", "12.5"].map(timeOf)).toEqual([
      3723, 3723, 3723, 123, 7, 0, 12.5,
    ]);
  });

  it("is nothing else", () => {
    const wrong = ["", "x", "-5", "1:60", "1:2:3:4", "1e9", "NaN", "1,5", "١٢", "99999999", "<b>"];
    expect(wrong.map(timeOf)).toEqual(wrong.map(() => null));
  });
});

describe("a link", () => {
  it("says where it points to", () => {
    expect(wish("", HOUR)).toBeNull();
    expect(wish("?t=1:02", HOUR)).toEqual({ at: 62, to: null });
    expect(wish("?t=62,70.25&x=1", HOUR)).toEqual({ at: 62, to: 70.25 });
    expect(wish("?t=62,99:00:00", HOUR)).toEqual({ at: 62, to: 3600 });
    expect(wish("?t=5:00:00", null)).toEqual({ at: 18_000, to: null });
  });

  it("says in words what is wrong with it", () => {
    const of = (search: string) => (wish(search, HOUR) as { problem: string }).problem;
    expect(of("?t=5:00:00")).toBe("This link points to 5:00:00, but the show is 1:00:00 long.");
    expect(of("?t=70,60")).toBe("The range in this link ends before it begins.");
    expect(of("?t=70,70")).toBe("The range in this link ends before it begins.");
    for (const bad of ["?t=", "?t=soon", "?t=1,2,3", "?t=1,x", "?t=%00"])
      expect(of(bad)).toMatch(/cannot be read/);
  });

  it("leads back to the moment it was made of", () => {
    const time = fc.integer({ min: 0, max: 3_599_000 }).map((ms) => seconds(ms / 1000));
    fc.assert(
      fc.property(time, time, (at, more) => {
        const to = seconds(at + 1 + more);
        const search = (link: string) => new URL(link).search;
        expect(wish(search(linkTo("http://a.b/x", at)), HOUR)).toEqual({ at, to: null });
        const range = wish(search(linkTo("http://a.b/x", at, to)), null) as { to: number };
        expect(range.to).toBeCloseTo(to, 3);
      }),
    );
  });
});
