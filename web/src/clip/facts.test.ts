import { describe, expect, it } from "vitest";
import { milli } from "../shared/units";
import { context, type Facts, frame, peaksOf } from "./facts";

const FACTS: Facts = {
  show: "0123456789",
  title: 'A "talk" <b>',
  language: "en",
  name: "62500-92500",
  from_ms: milli(62_500),
  to_ms: milli(92_500),
  names: "Vera",
  peaks: "AP8=",
  problem: "",
};

describe("a clip's page", () => {
  it("plays the show from some seconds before, but not from before its beginning", () => {
    expect(context(FACTS)).toBe(47);
    expect(context({ ...FACTS, from_ms: milli(3_000) })).toBe(0);
  });

  it("shows the peaks that it came with", () => {
    expect([...peaksOf(FACTS)]).toEqual([0, 255]);
    expect([...peaksOf({ ...FACTS, peaks: "" })]).toEqual([]);
  });

  it("embeds with a title that cannot get out of its place", () => {
    const code = frame("https://a.b", FACTS);
    expect(code).toContain('src="https://a.b/0123456789/embed?t=62.5,92.5"');
    expect(code).toContain('title="A &#34;talk&#34; &#60;b&#62;"');
  });
});
