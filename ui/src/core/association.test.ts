import { expect, test } from "vitest";
import { associationText, strengthOf } from "./association";

test("an association is described in words", () => {
  expect([0.9, 0.4, 0.2, 0.05, 0.01, -0.02, -0.3, -1, null].map(strengthOf)).toEqual([
    "much more", "much more", "more", "slightly more", "no different", "no different", "less", "less", "no different",
  ]);
});

test("associations of few traces are marked", () => {
  expect(associationText({ npmi: 0.5, traces: 40 })).toBe("negative much more often than other traces");
  expect(associationText({ npmi: 0.5, traces: 4 })).toBe("negative much more often than other traces, few traces");
  expect(associationText({ npmi: 0, traces: 40 })).toBe("negative as often as other traces");
});
