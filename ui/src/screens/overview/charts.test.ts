import { expect, test } from "vitest";
import type { Figures, Overview, OverviewGroup } from "../../core/types";
import { bucketRange, byGroup, GROUPS_DRAWN, outcomes } from "./charts";

const figures = (traces: number): Figures => ({
  traces, errors: 1, recovered: 2, p50_ms: 10, p95_ms: 20, p99_ms: 30, input_tokens: 0, output_tokens: 0, cached_tokens: 0, total_tokens: 0, cost: 0, sessions: 0, users: 0,
});
const point = (start_ms: number, ok: number) => ({
  start_ms, ok, error: 0, recovered: 0, p50_ms: null, p95_ms: null, p99_ms: null, input_tokens: 0, output_tokens: 0, cached_tokens: 0, cost: 0,
});
const overview = (by: OverviewGroup[] = []): Overview => ({
  from_ms: 150, to_ms: 280, bucket_ms: 100, figures: figures(7), previous: figures(0), series: [point(100, 1), point(200, 3)], by,
  models: [], tools: [], retrievers: [], feedback: [], complete: true, covered_from_ms: null,
});

test("a bucket at either end opens no more than was asked for", () => {
  expect(bucketRange(overview(), 100)).toEqual({ from: "150", to: "199" });
  expect(bucketRange(overview(), 200)).toEqual({ from: "200", to: "280" });
});

test("outcomes are told for the whole time, and each can be opened alone", () => {
  const { data, overall } = outcomes(overview());
  expect(overall).toEqual([4, 2, 1]);
  expect(data.series.map((series) => series.filter)).toEqual(["status = 'OK'", "status = 'OK' AND span.status = 'ERROR'", "status = 'ERROR'"]);
});

test("only so many groups are drawn, none in the colour of failures", () => {
  const groups = Array.from({ length: 9 }, (_, at): OverviewGroup => ({
    value: at ? `v${at}` : null, filter: `version = 'v${at}'`, figures: figures(at), traces: [at, at], cost: [0, 0], tokens: [0, 0], p95_ms: [null, null],
  }));
  const { data } = byGroup(overview(groups), (group) => group.traces, (group) => group.figures.traces);
  expect(data.series).toHaveLength(GROUPS_DRAWN);
  expect(data.series[0]?.label).toBe("(none)");
  expect(new Set(data.series.map((series) => series.color)).size).toBe(GROUPS_DRAWN);
  expect(data.series.some((series) => series.color === "error")).toBe(false);
});
