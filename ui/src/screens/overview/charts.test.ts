import { expect, test } from "vitest";
import type { Figures, Overview, OverviewGroup } from "../../core/types";
import { byGroup, drawnGroups, GROUP_MEASURES, groupColors, GROUPS_DRAWN, outcomes } from "./charts";

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

test("outcomes have totals for the whole range, and each has its own filter", () => {
  const { data, overall } = outcomes(overview());
  expect(overall).toEqual([4, 2, 1]);
  expect(data.series.map((series) => series.filter)).toEqual(["status = 'OK'", "status = 'OK' AND span.status = 'ERROR'", "status = 'ERROR'"]);
});

const group = (value: string | null, rest: Partial<Figures>): OverviewGroup => ({
  value, filter: `version = '${value}'`, figures: { ...figures(30), ...rest }, traces: [1, 1], cost: [0, 0], tokens: [0, 0], p95_ms: [null, null],
});

test("the number of drawn groups is limited, and none has a colour with a fixed meaning", () => {
  const groups = Array.from({ length: 9 }, (_, at) => group(at ? `v${at}` : null, { traces: 30 - at }));
  const { data } = byGroup(overview(groups), GROUP_MEASURES.volume, groupColors(overview(groups)));
  expect(data.series).toHaveLength(GROUPS_DRAWN);
  expect(data.series[0]?.label).toBe("(none)");
  expect(new Set(data.series.map((series) => series.color)).size).toBe(GROUPS_DRAWN);
  expect(data.series.every((series) => series.color.startsWith("series-"))).toBe(true);
});

test("each chart draws the largest groups by its measure, and a group has one colour in all charts", () => {
  const groups = Array.from({ length: 9 }, (_, at) => group(`v${at}`, { traces: 300 - at, cost: at, total_tokens: 9 - at, p95_ms: at === 8 ? 999 : at, }));
  groups.push(group("few", { traces: 2, p95_ms: 99_999 }));
  const shown = overview(groups);
  const names = (measure: keyof typeof GROUP_MEASURES) => drawnGroups(shown, GROUP_MEASURES[measure]).map(({ value }) => value);
  expect(names("cost")).toEqual(["v8", "v7", "v6", "v5", "v4", "v3"]);
  expect(names("tokens").slice(0, 2)).toEqual(["v0", "v1"]);
  expect(names("latency").slice(0, 2)).toEqual(["v8", "v7"]);
  const colors = groupColors(shown);
  for (const measure of Object.values(GROUP_MEASURES)) {
    const series = byGroup(shown, measure, colors).data.series;
    expect(new Set(series.map(({ color }) => color)).size).toBe(GROUPS_DRAWN);
  }
});
