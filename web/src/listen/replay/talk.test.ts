import { describe, expect, it } from "vitest";
import { milli, seconds } from "../../shared/units";
import { Playing, type Span } from "./playing";
import { nextOf, Talk, type TalkFile } from "./talk";

const ms = (...times: number[]) => times.map((time) => milli(time * 1000));
const span = (from: number, to: number): Span => ms(from, to) as unknown as Span;
const says = (who: number, from: number, to: number) =>
  [who, ...span(from, to)] as TalkFile["spans"][number];

const FILE: TalkFile = {
  speakers: [
    { seat: "a", name: "Vera" },
    { seat: "b", name: "Otto" },
    { seat: "c", name: "Silent" },
  ],
  spans: [says(0, 10, 20), says(0, 21, 30), says(1, 40, 40.5), says(1, 50, 60), says(0, 58, 70)],
  quiet: [span(30, 40), span(70, 75)],
  breaks: [],
  starts_ms: milli(10_000),
};
const talk = new Talk(FILE, new Playing());
const at = seconds;

describe("who speaks", () => {
  it("is told by name, all who do", () => {
    expect([at(5), at(20.5), at(59), at(65)].map((moment) => talk.at(moment))).toEqual([
      [],
      ["Vera"],
      ["Vera", "Otto"],
      ["Vera"],
    ]);
  });

  it("is summed up for each who spoke, and for nobody else", () => {
    expect(talk.voices.map(({ name, total, turns }) => [name, total, turns.length])).toEqual([
      ["Vera", 32_000, 2],
      ["Otto", 10_500, 2],
    ]);
  });

  it("follows the sound over a break", () => {
    const cut = new Talk(FILE, new Playing([span(31, 51)]));
    expect(cut.turns.map(({ from, to }) => [from / 1000, to / 1000])).toEqual([
      [10, 30],
      [31, 40],
      [38, 50],
    ]);
  });
});

describe("skipping", () => {
  it("goes to the next speaker, over a word thrown in", () => {
    expect([at(0), at(15), at(50), at(60)].map((moment) => talk.next(moment))).toEqual([
      10,
      50,
      58,
      null,
    ]);
  });

  it("goes back to the beginning of a turn", () => {
    expect([at(9), at(20), at(51), at(65)].map((moment) => talk.previous(moment))).toEqual([
      null,
      10,
      10,
      58,
    ]);
  });

  it("goes to the next turn of one person, and round again", () => {
    const [vera] = talk.voices;
    if (!vera) throw new Error("nobody");
    expect([at(0), at(15), at(60)].map((moment) => nextOf(vera, moment))).toEqual([10, 58, 10]);
  });

  it("leaves pauses out, but not their edges, and stands still nowhere", () => {
    expect([at(30.1), at(35), at(39.7), at(45)].map((moment) => talk.skip(moment))).toEqual([
      null,
      39.65,
      null,
      null,
    ]);
    expect(talk.skip(talk.skip(at(35)) ?? at(0))).toBeNull();
  });
});
