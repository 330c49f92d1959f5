import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { People, Person } from "../protocol";
import { milli } from "../units";
import { hindrance, inPlace, news } from "./people";

const ADA: Person = {
  seat: "a",
  name: "Ada",
  role: "speaker",
  standing: "green",
  mute: "open",
  held_by: null,
  connected: true,
  speaking: false,
  level: 0,
  check: null,
};

const people = (...seats: Person[]): People => ({ type: "people", seats, hands: [] });
const person = fc.record({
  seat: fc.string({ minLength: 1, maxLength: 4 }),
  name: fc.constantFrom("Ada", "Bea", "Cy"),
  role: fc.constantFrom("host", "cohost", "speaker"),
  standing: fc.constantFrom("air", "green", "off", "out"),
  mute: fc.constantFrom("open", "muted", "held"),
  held_by: fc.constantFrom(null, "Dot"),
  connected: fc.boolean(),
  speaking: fc.boolean(),
  level: fc.double({ min: 0, max: 1, noNaN: true }),
  check: fc.constant(null),
}) as fc.Arbitrary<Person>;
const crowd = fc.uniqueArray(person, { selector: ({ seat }) => seat });

describe("the places", () => {
  it("do not move anybody when levels or the server's order change", () => {
    fc.assert(
      fc.property(crowd, fc.infiniteStream(fc.double({ min: 0, max: 1 })), (seats, levels) => {
        const louder = seats.map((one) => ({ ...one, level: levels.next().value, speaking: true }));
        const names = (list: Person[]) => inPlace(people(...list), "air").map(({ seat }) => seat);
        expect(names(louder.reverse())).toEqual(names(seats));
      }),
    );
  });
});

describe("news", () => {
  it("has nothing to say of speech, level and mutes", () => {
    fc.assert(
      fc.property(crowd, (seats) => {
        const after = seats.map((one) => ({
          ...one,
          speaking: !one.speaking,
          mute: "held" as const,
        }));
        expect(news(people(...seats), people(...after), null)).toEqual([]);
      }),
    );
  });

  it("says who comes on air, who goes, and who asks", () => {
    const onAir = { ...ADA, standing: "air" as const };
    expect(news(people(ADA), people(onAir), null)).toEqual(["Ada is on air."]);
    expect(news(people(onAir), people(ADA), null)).toEqual(["Ada is in the green room."]);
    expect(news(people(onAir), people(), null)).toEqual(["Ada has left."]);
    const hand = { hand: "h", name: "Bea", about: "", since_ms: milli(0) };
    expect(news(people(), { ...people(), hands: [hand] }, null)).toEqual(["Bea asks to speak."]);
  });

  it("leaves oneself to the headline, and begins with silence", () => {
    expect(news(people(ADA), people({ ...ADA, standing: "air" }), "a")).toEqual([]);
    expect(news(null, people({ ...ADA, standing: "air" }), null)).toEqual([]);
  });
});

it("names who muted somebody", () => {
  expect(hindrance({ ...ADA, mute: "held", held_by: "Bea" })).toBe("Muted by Bea");
  expect(hindrance({ ...ADA, mute: "muted" })).toBe("Muted");
  expect(hindrance({ ...ADA, connected: false, mute: "held" })).toBe("Not connected");
  expect(hindrance(ADA)).toBe("");
});
