import { expect, test } from "vitest";
import type { Run } from "../run";
import { datasetUse } from "./datasetRuns";

const run = (source: string | undefined, digest = "d2", name = "golden"): Run =>
  ({ info: { run_id: "r", experiment_id: "1", run_name: "r", status: "FINISHED", start_time: 1, lifecycle_stage: "active" }, inputs: { dataset_inputs: [{ dataset: { name, digest, source } }] } });
const DATASET = { dataset_id: "d-1", name: "golden" };
const VERSIONS = new Map([["d2", 2]]);

test("a run used the version of its digest", () => {
  expect(datasetUse(run('{"dataset_id": "d-1"}'), DATASET, VERSIONS)?.version).toBe(2);
  expect(datasetUse(run('{"dataset_id": "d-1"}', "other"), DATASET, VERSIONS)?.version).toBeNull();
  expect(datasetUse(run(undefined), DATASET, VERSIONS)?.version).toBe(2);
});

test("another dataset of the same name is another one", () => {
  expect(datasetUse(run('{"dataset_id": "d-9"}'), DATASET, VERSIONS)).toBeNull();
  expect(datasetUse(run(undefined, "d2", "silver"), DATASET, VERSIONS)).toBeNull();
});
