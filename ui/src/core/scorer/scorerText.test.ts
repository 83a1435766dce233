import { expect, test } from "vitest";
import { isSameResult, passes, rateOf, rateText, samplingText, scoredFilter, waitingText } from "./scorerText";

test("sampling in percent", () => {
  expect([0, 0.005, 0.25, 1].map((sample_rate) => samplingText({ sample_rate }))).toEqual(["Stopped", "0.5 %", "25 %", "100 %"]);
});

test("how many traces wait, and for how long", () => {
  const text = (waiting: number, lag_ms: number | null) => waitingText({ waiting, lag_ms, session_level: false });
  expect(text(0, null)).toBe("–");
  expect(text(1, null)).toBe("1 trace");
  expect(text(12, 4321)).toBe("12 traces, oldest 4.00 s");
  expect(text(1200, 90_500)).toBe("1,200 traces, oldest 1m 30s");
  expect(waitingText({ waiting: 2, lag_ms: null, session_level: true })).toBe("2 sessions");
});

test("typed rates", () => {
  expect(["50", " 12.5 % ", "0", "100"].map(rateOf)).toEqual([0.5, 0.125, 0, 1]);
  expect(["", "%", "101", "-1", "half", "NaN"].map(rateOf)).toEqual([null, null, null, null, null, null]);
  expect([0.07, 0.5, 1, 0.001].map(rateText)).toEqual(["7", "50", "100", "0.1"]);
});

const result = (value: unknown, error: string | null = null) => ({ name: "a", value, rationale: null, error });

test("yes and no are verdicts, numbers and failures are not", () => {
  expect([result("yes"), result(true), result("No"), result(false)].map(passes)).toEqual([true, true, false, false]);
  expect([result(0.5), result("timeout"), result(null, "no model"), result("yes", "no model")].map(passes)).toEqual([null, null, null, null]);
});

test("results are compared by value", () => {
  expect(isSameResult([result("yes")], [{ ...result("yes"), rationale: "other" }])).toBe(true);
  expect(isSameResult([result("yes")], [result("no")])).toBe(false);
  expect(isSameResult([], [result("no")])).toBe(false);
  expect(isSameResult([result(null)], [result(null, "failed")])).toBe(false);
});

test("the filter of scored traces", () => {
  expect(scoredFilter("tone")).toBe("feedback.tone IS NOT NULL");
  expect(scoredFilter("no personal data")).toBe("feedback.`no personal data` IS NOT NULL");
});
