import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seconds } from "../../shared/units";
import { chaptersOf, clipIn, draftsOf, timeText, wrong } from "./draft";

const chapter = fc.record({
  start_s: fc.nat(360_000).map((tenths) => seconds(tenths / 10)),
  title: fc.constantFrom("One", "<b>Two</b>", "שלום"),
});

describe("chapters while they are edited", () => {
  it("come back as they were, in the order of the show", () => {
    fc.assert(
      fc.property(fc.array(chapter, { maxLength: 9 }), (chapters) => {
        const sorted = [...chapters].sort((a, b) => a.start_s - b.start_s);
        expect(chaptersOf(draftsOf(chapters))).toEqual(sorted);
      }),
    );
  });

  it("are written as clocks show them", () => {
    expect([0, 62.5, 3600, 59.96].map((at) => timeText(seconds(at)))).toEqual([
      "0:00",
      "1:02.5",
      "1:00:00",
      "1:00",
    ]);
  });

  it("are not kept while one is wrong", () => {
    const good = { id: 0, time: "1:00", title: "One" };
    expect(wrong(good)).toBeNull();
    expect(wrong({ ...good, time: "soon" })).toMatch(/time/);
    expect(wrong({ ...good, title: "  " })).toMatch(/title/);
    expect(chaptersOf([good, { ...good, time: "" }])).toBeNull();
  });
});

describe("a clip's link", () => {
  it("is taken whole or in part, and nothing else is", () => {
    const clip = { from_ms: 1500, to_ms: 9000 };
    expect(clipIn("https://a.b/0123456789/clip/1500-9000")).toEqual(clip);
    expect(clipIn(" /live/0123456789/clip/1500-9000.m4a?x=1 ")).toEqual(clip);
    expect(clipIn("1500-9000")).toEqual(clip);
    expect(["", "https://a.b/0123456789", "a-b", "1500"].map(clipIn)).toEqual([
      null,
      null,
      null,
      null,
    ]);
  });
});
