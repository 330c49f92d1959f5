import { describe, expect, it } from "vitest";
import { firstTag } from "./language";

describe("the reader's language", () => {
  it("is what the browser says first", () => {
    expect(firstTag(["pt-BR", "en"])).toBe("pt-BR");
  });

  it.each([["C"], ["POSIX_x"], [""], ["en_US"]])("is not %j, which no Intl takes", (said) => {
    expect(firstTag([said, "de"])).toBe("de");
    expect(() => new Intl.DateTimeFormat(firstTag([said]))).not.toThrow();
  });
});
