// The chart series of the overview.
import { type ChartData, GROUP_COLORS, type Series } from "../../core/chart";
import { visible } from "../../core/text";
import type { RangeText } from "../../core/timeRange";
import type { Overview, OverviewGroup, OverviewPoint } from "../../core/types";

export interface ChartSpec {
  data: ChartData;
  /** Totals of the whole time range, one per series. */
  overall: (number | null)[];
}

/** Maximum number of groups in charts; the table has all of them. */
export const GROUPS_DRAWN = 6;

type Measure = (point: OverviewPoint) => number | null;

function chart(overview: Overview, series: Series[], overall: (number | null)[]): ChartSpec {
  return { data: { startMs: overview.series.map((point) => point.start_ms), bucketMs: overview.bucket_ms, series }, overall };
}

function line(overview: Overview, label: string, color: string, pick: Measure, rest: Partial<Series> = {}): Series {
  return { label, color, values: overview.series.map(pick), ...rest };
}

const RECOVERED = "status = 'OK' AND span.status = 'ERROR'";

export function outcomes(overview: Overview): ChartSpec {
  const { figures } = overview;
  return chart(
    overview,
    [
      line(overview, "ok", "bar", (point) => point.ok, { filter: "status = 'OK'" }),
      line(overview, "ok, with failed spans", "warn", (point) => point.recovered, { filter: RECOVERED }),
      line(overview, "error", "error", (point) => point.error, { filter: "status = 'ERROR'" }),
    ],
    [sum(overview.series.map((point) => point.ok)), figures.recovered, figures.errors],
  );
}

export function latency(overview: Overview): ChartSpec {
  const { p50_ms, p95_ms, p99_ms } = overview.figures;
  return chart(
    overview,
    [
      line(overview, "p50", "accent", (point) => point.p50_ms),
      line(overview, "p95", "span-agent", (point) => point.p95_ms),
      line(overview, "p99", "span-memory", (point) => point.p99_ms, { dashed: true }),
    ],
    [p50_ms, p95_ms, p99_ms],
  );
}

export function tokens(overview: Overview): ChartSpec {
  const { input_tokens, output_tokens } = overview.figures;
  return chart(
    overview,
    [
      line(overview, "in", "span-tool", (point) => point.input_tokens),
      line(overview, "out", "span-llm", (point) => point.output_tokens),
    ],
    [input_tokens, output_tokens],
  );
}

export function cost(overview: Overview): ChartSpec {
  return chart(overview, [line(overview, "cost", "span-retriever", (point) => point.cost)], [overview.figures.cost]);
}

/** One measure, with a series for each of the largest groups. */
export function byGroup(overview: Overview, values: (group: OverviewGroup) => (number | null)[], overall: (group: OverviewGroup) => number | null): ChartSpec {
  const drawn = drawnGroups(overview);
  return chart(
    overview,
    drawn.map((group, at) => ({ label: visible(group.value ?? "(none)"), color: groupColor(at), values: values(group), filter: group.filter })),
    drawn.map(overall),
  );
}

/** The time range of a bucket, clipped to the requested range. */
export function bucketRange(overview: Pick<Overview, "from_ms" | "to_ms" | "bucket_ms">, startMs: number): RangeText {
  const from = Math.max(startMs, overview.from_ms);
  const to = Math.min(startMs + overview.bucket_ms - 1, overview.to_ms);
  return { from: String(Math.round(from)), to: String(Math.round(to)) };
}

export function drawnGroups(overview: Overview): OverviewGroup[] {
  return overview.by.slice(0, GROUPS_DRAWN);
}

export function groupColor(at: number): string {
  return GROUP_COLORS[at % GROUP_COLORS.length]!;
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
