import { expect, it } from "vitest";
import { keyOf, routeOf } from "./route";

it.each([
  ["/", { page: "owner" }],
  ["/studio/0123456789", { page: "host", show: "0123456789" }],
  ["/studio/0123456789/", { page: "host", show: "0123456789" }],
  ["/studio/short", { page: "owner" }],
  ["/studio/../0123456789", { page: "owner" }],
])("%s leads to its page", (path, route) => {
  expect(routeOf(path)).toEqual(route);
});

it.each([
  ["#owner=abc-DEF_1", "abc-DEF_1"],
  ["#key=xyz", "xyz"],
  ["", null],
  ["#main", null],
])("%s carries its key", (hash, key) => {
  expect(keyOf(hash)).toBe(key);
});
