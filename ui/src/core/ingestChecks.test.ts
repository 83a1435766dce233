import { expect, test } from "vitest";
import type { ExperimentSummary } from "./types";
import { ingestChecks, type Ledger } from "./ingestChecks";

const NOW = Date.parse("2026-11-21T12:00:00Z");
const counts = { received: 0, stored: 0, duplicate: 0, rejected: 0, rejected_requests: 0, log_records: 0, bytes: 0 };
const sender = { token: "", client: "mlflow-python-client/3.17.2", protocol: "otlp-http", service_name: "" };
const nothing: Ledger = { totals: { ...counts, deleted: 0 }, sources: [], rejections: [] };
const some: Ledger = {
  totals: { ...counts, received: 9, stored: 9, deleted: 0 },
  sources: [{ ...counts, ...sender, received: 9, stored: 9, first_seen: "2026-11-20T12:00:00Z", last_seen: "2026-11-21T11:55:00Z" }],
  rejections: [],
};
function experiment(more: Partial<ExperimentSummary>): ExperimentSummary {
  return {
    experiment_id: "3", name: "/Shared/x", lifecycle_stage: "active", creation_time_ms: 0, last_update_time_ms: 0, tags: {}, traces: 1,
    last_trace_ms: NOW - 300_000, window: { days: 7, traces: 1, errors: 0, cost: 0, p95_ms: null }, sparkline: [], ...more,
  };
}
const told = (ledger: Ledger, experiments: ExperimentSummary[], health = "OK") =>
  ingestChecks({ ledger, experiments, health }, NOW).map(({ state, what }) => `${state}: ${what}`);

test("reports that no data has arrived", () => {
  expect(told(nothing, [])).toEqual(["ok: The server is running and can write", "bad: Nothing has arrived yet", "ok: Nothing was rejected"]);
});

test("without problems, it names the experiment of the newest trace", () => {
  expect(told(some, [experiment({ last_trace_ms: 5, experiment_id: "1", name: "old" }), experiment({}), experiment({ last_trace_ms: null, name: "empty" })])).toEqual([
    "ok: The server is running and can write",
    "ok: Last request 5m ago from mlflow-python-client/3.17.2 over otlp-http",
    "ok: Nothing was rejected",
    "ok: The newest trace, from 5m ago, is in experiment /Shared/x",
  ]);
});

test("recent rejections are errors, old ones only hints", () => {
  const refused = (at: string): Ledger => ({ ...some, totals: { ...some.totals, rejected: 2 }, rejections: [{ ...sender, at, spans: 2, reason: "no such experiment" }] });
  expect(told(refused("2026-11-21T11:30:00Z"), [experiment({})])[2]).toBe("bad: 2 spans rejected, most recently 30m ago: no such experiment");
  expect(told(refused("2026-11-19T11:30:00Z"), [experiment({})])[2]).toMatch(/^look: /);
});

test("a rejected request counts as arrived", () => {
  const ledger: Ledger = {
    ...nothing, totals: { ...nothing.totals, rejected_requests: 1 },
    sources: [{ ...counts, ...sender, rejected_requests: 1, first_seen: "2026-11-21T11:59:00Z", last_seen: "2026-11-21T11:59:00Z" }],
  };
  expect(told(ledger, [])[1]).toMatch(/^ok: Last request 1m ago/);
});

test("traces in a deleted experiment, with wrong clocks or already deleted are found", () => {
  expect(told(some, [experiment({ lifecycle_stage: "deleted" })])[3]).toMatch(/^bad: /);
  expect(told(some, [experiment({ last_trace_ms: NOW - 9 * 86_400_000 })])).toContain("look: Timestamps of spans are 8d 23h older than their arrival");
  expect(told(some, [experiment({ last_trace_ms: NOW + 86_400_000 })])).toContain("look: The newest trace has a timestamp in the future");
  expect(told(some, [])).toContain("look: 9 spans stored, but no trace is left");
});

test("the reason of a server that cannot write is shown", () => {
  expect(told(some, [experiment({})], "writes fail: database or disk is full")[0]).toBe("bad: The server reports: writes fail: database or disk is full");
});
