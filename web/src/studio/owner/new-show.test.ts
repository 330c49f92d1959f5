import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { milli } from "../../shared/units";
import { faultsOf, known, languages, placeOf, startOf, zoneName } from "./new-show";

describe("languages", () => {
  it("come in the reader's words, the reader's own first, each once", () => {
    const german = languages("de-AT");
    expect(german[0]).toEqual({ tag: "de", name: "Deutsch" });
    expect(german.find(({ tag }) => tag === "en")?.name).toBe("Englisch");
    expect(new Set(german.map(({ tag }) => tag)).size).toBe(german.length);
  });

  it("keep a region that is a language of its own", () => {
    expect([known("pt-BR"), known("en-GB"), known("gsw-CH")]).toEqual(["pt-BR", "en", "gsw"]);
  });
});

describe("the start", () => {
  it("is the moment that a clock on this wall shows", () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date(2026, 0), max: new Date(2040, 0), noInvalidDate: true }),
        (day) => {
          day.setHours(20, 30, 0, 0);
          const two = (value: number) => String(value).padStart(2, "0");
          const date = `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
          expect(startOf(date, "20:30")).toBe(day.getTime());
        },
      ),
    );
  });

  it("is none without a day", () => {
    expect(startOf("", "20:30")).toBeNull();
  });

  it("names its zone", () => {
    expect(zoneName(milli(0), "en-GB", "Europe/Berlin")).toBe("Central European Standard Time");
  });
});

describe("faults", () => {
  const now = milli(new Date("2026-11-21T12:00").getTime());

  it("are told where they are", () => {
    expect(faultsOf(" ", "", "20:30", now)).toEqual({
      title: "Give the show a title.",
      start: "Choose a day for this time.",
    });
    expect(faultsOf("A show", "2026-11-20", "20:30", now).start).toBe("This moment has passed.");
    expect(faultsOf("A show", "2026-11-21", "20:30", now)).toEqual({});
    expect(faultsOf("A show", "", "", now)).toEqual({});
  });
});

describe("the fields of a start", () => {
  it("read back as the same minute", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000_000_000 }), (minutes) => {
        const at = milli(minutes * 60_000);
        const { date, time } = placeOf(at);
        const back = startOf(date, time) ?? 0;
        // In the hour that a clock repeats in autumn, both moments have one name.
        expect(Math.abs(back - at) % 3_600_000).toBe(0);
        expect(Math.abs(back - at)).toBeLessThanOrEqual(3_600_000);
      }),
    );
  });

  it("are empty without one", () => {
    expect(placeOf(null)).toEqual({ date: "", time: "" });
  });
});
