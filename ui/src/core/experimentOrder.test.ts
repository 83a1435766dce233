import { expect, test } from "vitest";
import type { ExperimentSummary } from "./types";
import { ownTags, filterExperiments } from "./experimentOrder";

function experiment(name: string, more: Partial<ExperimentSummary> = {}): ExperimentSummary {
  return {
    experiment_id: "1", name, lifecycle_stage: "active", creation_time_ms: 0, last_update_time_ms: 0, tags: {}, traces: 0,
    last_trace_ms: null, window: { days: 7, traces: 0, errors: 0, cost: 0, p95_ms: null }, sparkline: [], ...more,
  };
}
const names = (list: ExperimentSummary[]) => list.map(({ name }) => name);
const all = { typed: "", sort: "", withDeleted: false };

test("the latest activity comes first; experiments without activity are sorted by name", () => {
  const list = [experiment("b"), experiment("a"), experiment("old", { last_trace_ms: 1 }), experiment("new", { last_trace_ms: 2 })];
  expect(names(filterExperiments(list, all))).toEqual(["new", "old", "a", "b"]);
});

test("a column sorts in both directions, and an unknown column is ignored", () => {
  const list = [experiment("b", { traces: 2 }), experiment("A", { traces: 9 })];
  expect(names(filterExperiments(list, { ...all, sort: "name" }))).toEqual(["A", "b"]);
  expect(names(filterExperiments(list, { ...all, sort: "-name" }))).toEqual(["b", "A"]);
  expect(names(filterExperiments(list, { ...all, sort: "traces" }))).toEqual(["b", "A"]);
  expect(names(filterExperiments(list, { ...all, sort: "constructor" }))).toEqual(["A", "b"]);
});

test("an experiment without traces has no error rate and sorts below a rate of zero", () => {
  const window = { days: 7, traces: 4, errors: 0, cost: 0, p95_ms: 1 };
  const list = [experiment("quiet"), experiment("fine", { window }), experiment("bad", { window: { ...window, errors: 2 } })];
  expect(names(filterExperiments(list, { ...all, sort: "-errors" }))).toEqual(["bad", "fine", "quiet"]);
});

test("deleted experiments are shown on request", () => {
  const list = [experiment("gone", { lifecycle_stage: "deleted" }), experiment("here")];
  expect(names(filterExperiments(list, all))).toEqual(["here"]);
  expect(names(filterExperiments(list, { ...all, withDeleted: true }))).toEqual(["gone", "here"]);
});

test("tags are found by key and value; MLflow's own are not", () => {
  const list = [experiment("x", { tags: { team: "search", "mlflow.note.content": "secret" } })];
  expect(names(filterExperiments(list, { ...all, typed: "team:search" }))).toEqual(["x"]);
  expect(filterExperiments(list, { ...all, typed: "secret" })).toEqual([]);
  expect(ownTags(list[0]!)).toEqual([["team", "search"]]);
  expect(ownTags({ tags: { "kansoku.issue.owner.iss-1": "ana", "kansoku.retention.maxAge": "30d" } })).toEqual([["kansoku.retention.maxAge", "30d"]]);
});
