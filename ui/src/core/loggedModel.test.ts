import fc from "fast-check";
import { expect, test } from "vitest";
import { deletedVersions, gitOf, latestMetrics, modelFilter, ownModelTags, promptsOfModel, runsOfModel, statusWord, versionRows, type LoggedModel } from "./loggedModel";
import type { TraceGroup } from "./types";

function model(id: string, tags: Record<string, string> = {}, data: LoggedModel["data"] = {}): LoggedModel {
  return {
    info: {
      model_id: id, experiment_id: "1", name: id, creation_timestamp_ms: 0, last_updated_timestamp_ms: 0, status: "LOGGED_MODEL_READY", source_run_id: "",
      tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
    },
    data,
  };
}

test("the state of the source code comes from MLflow's git tags", () => {
  const git = { "mlflow.source.git.branch": "main", "mlflow.source.git.commit": "4f2a", "mlflow.source.git.dirty": "true", "mlflow.source.git.repoURL": "https://x/y", "mlflow.source.git.diff": "+a" };
  expect(gitOf(model("m", git))).toEqual({ branch: "main", commit: "4f2a", dirty: true, repository: "https://x/y", diff: "+a" });
  expect(gitOf(model("m", { "mlflow.source.git.dirty": "true" }))).toBeNull();
  expect(ownModelTags(model("m", { ...git, team: "search" }))).toEqual([["team", "search"]]);
});

test("of each metric, the latest value is shown", () => {
  const metrics = [{ key: "b", value: 1, timestamp: 5 }, { key: "a", value: 2, timestamp: 9 }, { key: "a", value: 3, timestamp: 7 }];
  expect(latestMetrics(model("m", {}, { metrics })).map(({ key, value }) => [key, value])).toEqual([["a", 2], ["b", 1]]);
});

test("the runs of a version are those that logged its metrics and the one that made it, each once", () => {
  const metrics = [{ key: "a", value: 1, timestamp: 1, run_id: "r1" }, { key: "b", value: 1, timestamp: 1, run_id: "r1" }, { key: "c", value: 1, timestamp: 1 }];
  const made = model("m", {}, { metrics });
  expect(runsOfModel(made)).toEqual(["r1"]);
  expect(runsOfModel({ ...made, info: { ...made.info, source_run_id: "r2" } })).toEqual(["r1", "r2"]);
});

test("linked prompts are read from a tag, whatever its text", () => {
  const tagged = (text: string) => promptsOfModel(model("m", { "mlflow.linkedPrompts": text }));
  expect(tagged(`[{"name": "qa", "version": "3"}, {"name": "answer", "version": 1}, {"version": "2"}, null, 7]`)).toEqual([{ name: "qa", version: "3" }, { name: "answer", version: "1" }]);
  expect(promptsOfModel(model("m"))).toEqual([]);
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
    expect(tagged(text)).toBeInstanceOf(Array);
  }));
});

test("a version has the traffic of the traces that name it; other ids are those of deleted versions", () => {
  const group = (value: string | null) => ({ value }) as TraceGroup;
  const groups = [group("m-2"), group(null), group("m-9")];
  const models = [model("m-1"), model("m-2")];
  expect(versionRows(models, groups).map(({ traffic }) => traffic?.value)).toEqual([undefined, "m-2"]);
  expect(deletedVersions(models, groups).map(({ value }) => value)).toEqual(["m-9"]);
});

test("words and filters", () => {
  expect(statusWord(model("m"))).toBe("ready");
  expect(statusWord({ ...model("m"), info: { ...model("m").info, status: "LOGGED_MODEL_UPLOAD_FAILED" } })).toBe("upload failed");
  expect(modelFilter("m-1")).toBe("metadata.`mlflow.modelId` = 'm-1'");
});
