import { expect, test } from "vitest";
import type { Run } from "./run";
import { commonMetrics, metricOf, metricText, ownRunTags, runDuration, sourceOf } from "./run";

function run(more: Partial<Run["info"]> = {}, data: Run["data"] = {}): Run {
  return { info: { run_id: "r", experiment_id: "1", run_name: "x", status: "FINISHED", start_time: 1000, end_time: 4000, lifecycle_stage: "active", ...more }, data };
}

test("a running run lasts until now, and one that ended without an end time has no duration", () => {
  expect(runDuration(run(), 9000)).toBe(3000);
  expect(runDuration(run({ end_time: undefined, status: "RUNNING" }), 9000)).toBe(8000);
  expect(runDuration(run({ end_time: undefined, status: "FAILED" }), 9000)).toBeNull();
});

test("the source includes its commit, and MLflow's tags are not among the user's tags", () => {
  const tagged = run({}, { tags: [
    { key: "mlflow.source.name", value: "eval.py" }, { key: "mlflow.source.git.commit", value: "0123456789abcdef" }, { key: "team", value: "search" },
  ] });
  expect(sourceOf(tagged)).toBe("eval.py at 0123456789");
  expect(ownRunTags(tagged)).toEqual([["team", "search"]]);
  expect(sourceOf(run())).toBeNull();
});

test("metrics of the most runs come first", () => {
  const metric = (key: string, value: number | string = 1) => ({ key, value, timestamp: 0 });
  const runs = [run({}, { metrics: [metric("b"), metric("a")] }), run({}, { metrics: [metric("a", "NaN")] })];
  expect(commonMetrics(runs, 5)).toEqual(["a", "b"]);
  expect(commonMetrics(runs, 1)).toEqual(["a"]);
  expect(metricOf(runs[1]!, "a")).toBeNull();
  expect(metricOf(runs[1]!, "b")).toBeNull();
});

test("metrics have three significant digits", () => {
  expect([0.123456, 12345678, 42, "NaN", 0.00001234, null].map(metricText)).toEqual(["0.123", "12300000", "42", "NaN", "0.0000123", "–"]);
});
