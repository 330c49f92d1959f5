import fc from "fast-check";
import { expect, it } from "vitest";
import { problemOf } from "./http";

it("passes on the server's own problem", () => {
  const problem = { code: "show_live", message: "End the show first." };
  expect(problemOf(JSON.stringify(problem), 409)).toEqual(problem);
});

it("makes a problem of anything else, and never throws", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      const { code, message } = problemOf(text, 502);
      expect(code).not.toBe("");
      expect(message).not.toBe("");
    }),
  );
  expect(problemOf("<html>bad gateway</html>", 502).code).toBe("http_502");
});
