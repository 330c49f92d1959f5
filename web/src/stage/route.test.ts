import { expect, it } from "vitest";
import { inviteOf, showOf } from "./route";

it("reads the show and the key", () => {
  expect(showOf("/stage/0123456789")).toBe("0123456789");
  expect(showOf("/stage/0123456789/")).toBe("0123456789");
  expect(showOf("/stage/../etc")).toBeNull();
  expect(inviteOf("#invite=abc_-1")).toBe("abc_-1");
  expect(inviteOf("")).toBeNull();
});
