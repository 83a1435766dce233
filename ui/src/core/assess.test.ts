import { describe, expect, it } from "vitest";
import { inputFor, nameInField, parseTypedValue } from "./assess";

const words = (...values: string[]) => values.map((value) => ({ value, verdict: null }));

describe("the input of a criterion", () => {
  it("is derived from the existing values", () => {
    expect(inputFor([{ value: "true", verdict: "good" }, { value: "false", verdict: "bad" }])).toEqual({ kind: "verdict", good: true, bad: false });
    expect(inputFor([{ value: '"yes"', verdict: "good" }])).toEqual({ kind: "verdict", good: "yes", bad: "no" });
    expect(inputFor([{ value: '"yes"', verdict: "bad" }])).toEqual({ kind: "verdict", good: "no", bad: "yes" });
    expect(inputFor([{ value: "FAIL", verdict: "bad" }])).toEqual({ kind: "verdict", good: "pass", bad: "FAIL" });
    expect(inputFor(words("4", "5", "3"))).toEqual({ kind: "rating", from: 1, to: 5 });
    expect(inputFor(words("0", "7"))).toEqual({ kind: "rating", from: 0, to: 10 });
    expect(inputFor(words("0.25", "0.9"))).toEqual({ kind: "number" });
    expect(inputFor(words("toxic", "safe", "unsure"))).toEqual({ kind: "choice", values: ["toxic", "safe", "unsure"] });
    expect(inputFor(words("A long answer that nobody would give twice in the same words"))).toEqual({ kind: "text" });
    expect(inputFor([])).toEqual({ kind: "text" });
  });
});

it("reads the name from its field", () => {
  expect(nameInField("feedback.helpful")).toBe("helpful");
  expect(nameInField("feedback.`my metric`")).toBe("my metric");
});

it("parses a typed value by its form", () => {
  expect(parseTypedValue("true")).toBe(true);
  expect(parseTypedValue(" 3.5 ")).toBe(3.5);
  expect(parseTypedValue('{"a": [1]}')).toEqual({ a: [1] });
  for (const text of ["truely", "3 apples", "{broken", "Paris"]) expect(parseTypedValue(text)).toBe(text);
});
