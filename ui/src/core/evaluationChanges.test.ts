import fc from "fast-check";
import { expect, test } from "vitest";
import { differenceText, directionOf, intervalText, resultText, ROW_FILTERS, rowChanges, rowCount, rowFilterOf, testText, unitOf, valueText } from "./evaluationChanges";
import type { ComparedRow, EvaluationCase, ScoreComparison } from "./types";

const SAME: ScoreComparison = {
  name: "correct", kind: "pass_fail", polarity: "positive", pairs: 115, won: 0, lost: 0, same: 115, changed: 0, one_sided: 0, not_judged: 0,
  baseline: 0.85, other: 0.85, difference: 0, interval: null, test: "mcnemar", p_value: 1, adjusted_p_value: 1, significance: "may be chance",
};
const LOST: ScoreComparison = { ...SAME, won: 5, lost: 12, same: 98, other: 0.79, difference: -0.06, interval: { low: -0.12, high: -0.01, method: "bootstrap" }, p_value: 0.143, adjusted_p_value: 0.286 };

const case_ = (state: string): EvaluationCase => ({
  trace_id: "tr-1", request_time_ms: 0, state, name: null, input: null, output: null, error: null, duration_ms: null, total_tokens: null, cost: null, scores: {}, expectations: [],
});

test("differences have a sign; those of shares are in percentage points", () => {
  expect(differenceText(-0.06, "share")).toBe("−6 pt");
  expect(differenceText(0.005, "share")).toBe("+0.5 pt");
  expect(differenceText(0, "share")).toBe("±0 pt");
  expect(differenceText(0.125, "number")).toBe("+0.125");
  expect(differenceText(-1200, "ms")).toBe("−1.20 s");
  expect(differenceText(0.0012, "dollars")).toBe("+$0.0012");
  expect(differenceText(0, "dollars")).toBe("±$0");
  expect(differenceText(null, "number")).toBe("–");
  expect(intervalText(LOST, "share")).toBe("−12 to −1 pt");
  expect(intervalText(SAME, "share")).toBeNull();
  expect(valueText(0.85, unitOf(LOST))).toBe("85 %");
});

test("a difference that may be chance says so, and a significant one is unlikely to be chance", () => {
  expect(resultText(SAME)).toBe("no difference");
  expect(resultText(LOST)).toBe("worse, but may be chance");
  expect(resultText({ ...SAME, won: 4, lost: 4, same: 107 })).toBe("as many won as lost");
  expect(resultText({ ...LOST, significance: "significant" })).toBe("worse, unlikely to be chance");
  expect(resultText({ ...LOST, difference: 0.06, significance: "significant" })).toBe("better, unlikely to be chance");
  expect(resultText({ ...LOST, pairs: 3, significance: "too few" })).toBe("too few cases to tell (3)");
  expect(resultText({ ...SAME, pairs: 0 })).toBe("no cases in common");
  expect(resultText({ ...SAME, kind: "text", difference: null, changed: 2 })).toBe("2 texts changed");
  expect(testText(LOST)).toBe("McNemar’s test of 115 cases that both runs have; p = 0.14; p = 0.29 adjusted for the number of tests; 95 % interval by bootstrap");
});

test("less is better only for means of a negative polarity, not for pass rates", () => {
  const number: ScoreComparison = { ...LOST, kind: "number", difference: -0.2 };
  expect(directionOf(number)).toBe("worse");
  expect(directionOf({ ...number, polarity: "negative" })).toBe("better");
  expect(directionOf({ ...number, polarity: "neutral" })).toBe("different");
  expect(directionOf({ ...LOST, polarity: "negative" })).toBe("worse");
});

test("a comparison the other way round has the opposite direction", () => {
  const opposite = { better: "worse", worse: "better", different: "different", equal: "equal" };
  fc.assert(fc.property(
    fc.constantFrom<ScoreComparison["kind"]>("pass_fail", "number", "text"), fc.constantFrom("positive", "negative", "neutral"),
    fc.nat(20), fc.nat(20), fc.nat(20), fc.option(fc.double({ min: -1, max: 1, noNaN: true })),
    (kind, polarity, won, lost, changed, difference) => {
      const one = { ...SAME, kind, polarity, won, lost, changed, difference };
      const other = { ...one, won: lost, lost: won, difference: difference === null ? null : -difference };
      expect(directionOf(other)).toBe(opposite[directionOf(one)]);
    },
  ));
});

test("the changes of a case are those of any run; a new failure counts as lost, a missing case as partial", () => {
  const ok = case_("OK");
  expect(rowChanges({ cases: [ok, ok, ok], changes: [{ correct: "lost", tone: "same" }, { correct: "won", topic: "changed" }] }))
    .toEqual({ lost: ["correct"], won: ["correct"], changed: ["topic"], failure: null, isPartial: false });
  expect(rowChanges({ cases: [ok, case_("ERROR")], changes: [{}] }).failure).toBe("lost");
  expect(rowChanges({ cases: [case_("ERROR"), ok], changes: [{}] }).failure).toBe("won");
  expect(rowChanges({ cases: [case_("ERROR"), case_("ERROR")], changes: [{}] }).failure).toBeNull();
  expect(rowChanges({ cases: [null, case_("ERROR")], changes: [{}] })).toMatchObject({ failure: null, isPartial: true });
});

test("scorers with names of object properties are counted like others", () => {
  const changes: ComparedRow["changes"] = [JSON.parse('{"constructor": "lost", "toString": "won"}')];
  expect(rowChanges({ cases: [case_("OK"), case_("OK")], changes })).toMatchObject({ lost: ["constructor"], won: ["toString"] });
});

test("an unknown filter of rows in the address shows all", () => {
  expect(rowFilterOf("lost")).toBe("lost");
  expect(rowFilterOf("nonsense")).toBe("all");
  expect(rowFilterOf(undefined)).toBe("all");
});

test("each filter has its own count of rows", () => {
  const counts = { all: 6, lost: 1, won: 2, changed: 3, one_sided: 4, same: 5 };
  expect(ROW_FILTERS.map(({ id }) => rowCount(counts, id))).toEqual([6, 1, 2, 3, 4, 5]);
});
