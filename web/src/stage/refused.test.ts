import { expect, it } from "vitest";
import { refused } from "./refused";

const problem = (code: string) => ({ code, message: "words" });

it("asks for a name, and again for a better one", () => {
  expect(refused(problem("name_needed"), null)).toEqual({ at: "name", problem: null });
  expect(refused(problem("invalid_field"), "\u0000").at).toBe("name");
});

it("closes the door on everything else", () => {
  expect(refused(problem("invitation_revoked"), "Ada").at).toBe("closed");
  expect(refused(problem("invalid_field"), null).at).toBe("closed");
});
