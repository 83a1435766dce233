import { expect, test } from "vitest";
import { scoreOf, scorerFigure, scoreText } from "./scoreText";

test("scores are short, and control characters in them are visible", () => {
  expect([true, false, 0.8333333, "yes", { a: 1 }, null].map((value) => scoreText({ value }))).toEqual(["yes", "no", "0.833", "yes", '{"a":1}', "null"]);
  expect(scoreText({ value: "a\u202eb" })).toBe("a\\u202eb");
  expect(scoreText({ value: "x".repeat(1000) })).toHaveLength(40);
});

test("a case has only scores of its own, also of scorers that are named like properties of objects", () => {
  const score = { value: 1 } as never;
  const row = { scores: JSON.parse('{"__proto__": {"value": 2}, "correct": {"value": 1}}') };
  expect(scoreOf(row, "correct")).toEqual(score);
  expect(scoreOf(row, "__proto__")).toEqual({ value: 2 });
  expect([scoreOf(row, "constructor"), scoreOf(row, "toString"), scoreOf(null, "correct")]).toEqual([undefined, undefined, undefined]);
});

test("a scorer has its pass rate, else its mean, else its most frequent value", () => {
  const value = (text: string) => ({ value: text, traces: 3, verdict: null });
  expect(scorerFigure({ pass_rate: 0.5, mean: 0.5, values: [] })).toBe("50 %");
  expect(scorerFigure({ pass_rate: null, mean: 0.71234, values: [] })).toBe("0.712");
  expect(scorerFigure({ pass_rate: null, mean: null, values: [value("billing"), value("other")] })).toBe("billing");
  expect(scorerFigure({ pass_rate: null, mean: null, values: [] })).toBe("–");
});
