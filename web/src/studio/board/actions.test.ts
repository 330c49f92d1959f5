import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Person, Role } from "../../shared/protocol";
import { actionsFor } from "./actions";

const person = fc.record({
  seat: fc.constant("s"),
  name: fc.constant("Ada"),
  role: fc.constantFrom<Role>("host", "cohost", "speaker"),
  standing: fc.constantFrom("air", "green", "off"),
  mute: fc.constantFrom("open", "muted", "held"),
  held_by: fc.constant(null),
  connected: fc.boolean(),
  speaking: fc.boolean(),
  level: fc.constant(0),
  check: fc.constant(null),
}) as fc.Arbitrary<Person>;
const role = fc.constantFrom<Role>("host", "cohost", "speaker");

const commands = (by: Role, whom: Person, own = false) => {
  const { first, more } = actionsFor(by, whom, own);
  return [...first, ...more].map(({ command }) => command);
};

describe("actions", () => {
  it("are none for a speaker", () => {
    fc.assert(
      fc.property(person, (whom) => {
        expect(commands("speaker", whom)).toEqual([]);
      }),
    );
  });

  it("never remove or demote the host", () => {
    fc.assert(
      fc.property(person, role, (whom, by) => {
        const host = { ...whom, role: "host" as const };
        const found = commands(by, host);
        expect(found).not.toContain("remove");
        expect(found).not.toContain("make_speaker");
      }),
    );
  });

  it("always leave a way: whoever manages can move everybody somewhere", () => {
    fc.assert(
      fc.property(person, (whom) => {
        const moves = commands("cohost", whom).filter((command) =>
          ["bring", "back", "admit"].includes(command),
        );
        expect(moves).toHaveLength(1);
      }),
    );
  });

  it("offer either to mute or to let unmute, never both", () => {
    fc.assert(
      fc.property(person, role, (whom, by) => {
        const found = commands(by, whom);
        expect(found.includes("hold") && found.includes("release")).toBe(false);
      }),
    );
  });

  it("leave nobody to remove themselves", () => {
    fc.assert(
      fc.property(person, role, (whom, by) => {
        expect(commands(by, whom, true)).not.toContain("remove");
      }),
    );
  });

  it("ask before what cannot be taken back", () => {
    const ada = { standing: "air", role: "cohost", mute: "open" } as Person;
    const { more } = actionsFor("host", ada, false);
    expect(more.find(({ command }) => command === "remove")?.question).toBeDefined();
    expect(more.find(({ command }) => command === "hand_over")?.question).toBeDefined();
  });
});
