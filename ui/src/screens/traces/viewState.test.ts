import { expect, test } from "vitest";
import { stateOf, viewPatch } from "./viewState";

test("a view keeps filter, range, order and columns, but not the open trace", () => {
  const state = stateOf({ q: "a = 'b & c'", from: "now-1h", t: "tr-1", s: "span", live: "off" });
  expect(state).toBe("q=a+%3D+%27b+%26+c%27&from=now-1h");
  expect(viewPatch({ q: "other", sort: "cost DESC", t: "tr-2", live: "off" }, state)).toEqual({
    q: "a = 'b & c'", from: "now-1h", to: null, sort: null, cols: null, rows: null, group: null, t: null, live: "off",
  });
});
