import { expect, test } from "vitest";
import { bestMatches, matchScore } from "./match";

test("every typed word must occur in the name, in any order and case", () => {
  expect(matchScore("/Shared/Support-Agent", "agent shared")).toBeGreaterThan(0);
  expect(matchScore("/Shared/support-agent", "agent billing")).toBe(0);
});

test("without typed text, all items match in their order", () => {
  expect(bestMatches(["b", "a"], "  ", String)).toEqual(["b", "a"]);
});

test("names that begin with the text come first, then names with a word that does", () => {
  expect(bestMatches(["xage", "my-agent", "agents", "agent"], "age", String)).toEqual(["agents", "agent", "my-agent", "xage"]);
  expect(bestMatches(["agents", "agent"], "agent", String)).toEqual(["agent", "agents"]);
});

test("special characters of regular expressions match literally", () => {
  expect(bestMatches(["a.b", "axb"], "a.b", String)).toEqual(["a.b"]);
  expect(bestMatches(["(x)"], "(x", String)).toEqual(["(x)"]);
});
