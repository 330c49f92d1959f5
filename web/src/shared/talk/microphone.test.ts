import { describe, expect, it } from "vitest";
import { MIC, type Mic, micEventOf, turn } from "./microphone";

describe("the microphone", () => {
  it.each([
    ["NotAllowedError", "refused"],
    ["NotFoundError", "absent"],
    ["OverconstrainedError", "absent"],
    ["NotReadableError", "busy"],
    ["SomethingNew", "failed"],
  ])("reads %s as %s", (name, event) => {
    expect(micEventOf(name)).toBe(event);
  });

  it("can be asked for again after every failure", () => {
    for (const mic of Object.keys(MIC) as Mic[]) {
      if (mic === "insecure" || mic === "asking") continue;
      expect(turn(mic, "ask")).toBe("asking");
    }
  });

  it("is never opened on an insecure page", () => {
    expect(turn(turn("insecure", "ask"), "open")).toBe("insecure");
  });
});
