import { describe, expect, it } from "vitest";
import { askedBy, nameInField, typedValue } from "./assess";

describe("how a judgement is asked for", () => {
  it("is learned from the values that were given", () => {
    expect(askedBy(["true", "false"])).toEqual({ kind: "verdict", good: true, bad: false });
    expect(askedBy(['"yes"'])).toEqual({ kind: "verdict", good: "yes", bad: "no" });
    expect(askedBy(["FAIL"])).toEqual({ kind: "verdict", good: "pass", bad: "FAIL" });
    expect(askedBy(["4", "5", "3"])).toEqual({ kind: "rating", from: 1, to: 5 });
    expect(askedBy(["0", "7"])).toEqual({ kind: "rating", from: 0, to: 10 });
    expect(askedBy(["0.25", "0.9"])).toEqual({ kind: "number" });
    expect(askedBy(["toxic", "safe", "unsure"])).toEqual({ kind: "choice", values: ["toxic", "safe", "unsure"] });
    expect(askedBy(["A long answer that nobody would give twice in the same words"])).toEqual({ kind: "text" });
    expect(askedBy([])).toEqual({ kind: "text" });
  });
});

it("knows a name by its field", () => {
  expect(nameInField("feedback.helpful")).toBe("helpful");
  expect(nameInField("feedback.`my metric`")).toBe("my metric");
});

it("takes what somebody types for what it is", () => {
  expect(typedValue("true")).toBe(true);
  expect(typedValue(" 3.5 ")).toBe(3.5);
  expect(typedValue('{"a": [1]}')).toEqual({ a: [1] });
  for (const text of ["truely", "3 apples", "{broken", "Paris"]) expect(typedValue(text)).toBe(text);
});
