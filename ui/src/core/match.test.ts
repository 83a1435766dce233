import { expect, test } from "vitest";
import { bestMatches, matchScore } from "./match";

test("every word that was typed must be in the name, in any order and case", () => {
  expect(matchScore("/Shared/Support-Agent", "agent shared")).toBeGreaterThan(0);
  expect(matchScore("/Shared/support-agent", "agent billing")).toBe(0);
});

test("nothing typed keeps everything, in its order", () => {
  expect(bestMatches(["b", "a"], "  ", String)).toEqual(["b", "a"]);
});

test("a name that begins so comes first, then one with a word that does", () => {
  expect(bestMatches(["xage", "my-agent", "agents", "agent"], "age", String)).toEqual(["agents", "agent", "my-agent", "xage"]);
  expect(bestMatches(["agents", "agent"], "agent", String)).toEqual(["agent", "agents"]);
});

test("signs that mean something elsewhere are signs here", () => {
  expect(bestMatches(["a.b", "axb"], "a.b", String)).toEqual(["a.b"]);
  expect(bestMatches(["(x)"], "(x", String)).toEqual(["(x)"]);
});
