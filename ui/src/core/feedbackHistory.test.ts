import { expect, test } from "vitest";
import { historyChart, versionMarks } from "./feedbackHistory";
import type { FeedbackHistory, FeedbackVersion } from "./types";

const version = (version: string | null, first_ms: number): FeedbackVersion => ({ version, first_ms, last_ms: first_ms + 9, count: 1, pass_rate: 1, mean: null });

test("changes of versions are marked, but not the first version", () => {
  expect(versionMarks([version("3", 300), version(null, 1), version("2", 200), version("1", 100)])).toEqual([{ ms: 200, label: "v2" }, { ms: 300, label: "v3" }]);
  expect(versionMarks([version("1", 100)])).toEqual([]);
  expect(versionMarks([])).toEqual([]);
});

test("long names of versions are shortened", () => {
  expect(versionMarks([version("1", 1), version("a".repeat(12), 2)])[0]!.label).toBe(`v${"a".repeat(12)}`);
  expect(versionMarks([version("1", 1), version("a".repeat(13), 2)])[0]!.label.length).toBeLessThan(15);
});

const history = (pass_rate: number | null, mean: number | null) => ({
  bucket_ms: 1000, versions: [], trend: { stat: { pass_rate, mean }, series: [{ start_ms: 0, count: 2, pass_rate, mean }] },
}) as unknown as FeedbackHistory;

test("what is rated is charted by its pass rate, other numbers by their mean, and texts not at all", () => {
  expect(historyChart(history(0.5, 2))?.series.map(({ label, values }) => [label, values])).toEqual([["pass rate", [0.5]], ["of", [2]]]);
  expect(historyChart(history(null, 2))?.series[0]!.label).toBe("mean");
  expect(historyChart(history(null, null))).toBeNull();
});
