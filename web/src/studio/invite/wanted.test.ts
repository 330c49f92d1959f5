import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Invitation } from "../../shared/protocol";
import { milli } from "../../shared/units";
import { extended, FRESH, inOrder, lifeOf, terms, wanted } from "./wanted";

const NOW = milli(1_795_206_600_000);
const ONE: Invitation = {
  invitation: "i",
  show: "0123456789",
  role: "speaker",
  name: null,
  standing: "green",
  uses_left: 1,
  expires_ms: null,
  revoked_ms: null,
  created_ms: NOW,
};

describe("what is asked for", () => {
  it("is one seat for a week in the green room unless something else was said", () => {
    expect(wanted(FRESH, NOW)).toEqual({
      role: "speaker",
      uses: 1,
      expires_ms: NOW + 7 * 86_400_000,
      standing: "green",
    });
  });

  it("never gives one name to many people", () => {
    expect(wanted({ ...FRESH, name: "Ada", many: true }, NOW)).not.toHaveProperty("name");
    expect(wanted({ ...FRESH, name: " Ada " }, NOW).name).toBe("Ada");
  });
});

describe("an invitation", () => {
  it("lives once it is extended, however long ago it ended", () => {
    fc.assert(
      fc.property(fc.option(fc.integer({ min: 0, max: NOW * 2 })), (end) => {
        const one = { ...ONE, expires_ms: end === null ? null : milli(end) };
        const more = { ...one, expires_ms: extended(one, NOW) };
        expect(lifeOf(more, NOW)).toBe("open");
        expect(more.expires_ms).toBeGreaterThanOrEqual(one.expires_ms ?? 0);
      }),
    );
  });

  it("that was revoked stays so, whatever else holds", () => {
    expect(lifeOf({ ...ONE, revoked_ms: NOW, expires_ms: milli(0) }, NOW)).toBe("revoked");
  });

  it("reads as a sentence", () => {
    expect(terms(ONE, NOW)).toBe("Speaker, once, to the green room, until it is revoked.");
    expect(terms({ ...ONE, uses_left: 0 }, NOW)).toBe("Speaker. In use.");
    expect(terms({ ...ONE, role: "cohost", uses_left: null, standing: "air" }, NOW)).toContain(
      "Co-host, any number of times, straight on air",
    );
  });

  it("is listed before those that are closed", () => {
    const closed = { ...ONE, invitation: "c", revoked_ms: NOW, created_ms: milli(NOW + 1) };
    expect(inOrder([closed, ONE], NOW).map(({ invitation }) => invitation)).toEqual(["i", "c"]);
  });
});
