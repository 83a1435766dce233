// The chart series of the overview.
import { SERIES_COLORS, type Series } from "../../core/chart";
import { visible } from "../../core/text";
import { type ChartSpec, RECOVERED } from "../../core/trafficChart";
import type { Overview, OverviewGroup, OverviewPoint } from "../../core/types";

/** Maximum number of groups in a chart; the table has all of them. */
export const GROUPS_DRAWN = 6;

type Measure = (point: OverviewPoint) => number | null;

function chart(overview: Overview, series: Series[], overall: (number | null)[]): ChartSpec {
  return { data: { startMs: overview.series.map((point) => point.start_ms), bucketMs: overview.bucket_ms, series }, overall };
}

function line(overview: Overview, label: string, color: string, pick: Measure, rest: Partial<Series> = {}): Series {
  return { label, color, values: overview.series.map(pick), ...rest };
}

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
      line(overview, "p50", "series-1", (point) => point.p50_ms),
      line(overview, "p95", "series-2", (point) => point.p95_ms),
      line(overview, "p99", "series-3", (point) => point.p99_ms, { dashed: true }),
    ],
    [p50_ms, p95_ms, p99_ms],
  );
}

export function tokens(overview: Overview): ChartSpec {
  const { input_tokens, output_tokens } = overview.figures;
  return chart(
    overview,
    [
      line(overview, "in", "series-1", (point) => point.input_tokens),
      line(overview, "out", "series-2", (point) => point.output_tokens),
    ],
    [input_tokens, output_tokens],
  );
}

export function cost(overview: Overview): ChartSpec {
  return chart(overview, [line(overview, "cost", "series-1", (point) => point.cost)], [overview.figures.cost]);
}

/** The measure of a chart by group: its values over time, and its value for the whole time range. */
export interface GroupMeasure {
  values: (group: OverviewGroup) => (number | null)[];
  overall: (group: OverviewGroup) => number | null;
  /** A name for the largest groups by this measure. */
  largest: string;
  /** Groups of few traces come last, as a percentile of few values is not meaningful. */
  isPercentile?: boolean;
}

export const GROUP_MEASURES = {
  volume: { values: (group) => group.traces, overall: ({ figures }) => figures.traces, largest: "with the most traces" },
  latency: { values: (group) => group.p95_ms, overall: ({ figures }) => figures.p95_ms, largest: "that are slowest", isPercentile: true },
  tokens: { values: (group) => group.tokens, overall: ({ figures }) => figures.total_tokens, largest: "with the most tokens" },
  cost: { values: (group) => group.cost, overall: ({ figures }) => figures.cost, largest: "that cost most" },
} satisfies Record<string, GroupMeasure>;

const FEW_TRACES = 20;

/** The groups that a chart shows: the largest ones by its measure. */
export function drawnGroups(overview: Pick<Overview, "by">, { overall, isPercentile = false }: GroupMeasure): OverviewGroup[] {
  const isFew = ({ figures }: OverviewGroup) => Number(isPercentile && figures.traces < FEW_TRACES);
  return overview.by.toSorted((a, b) => isFew(a) - isFew(b) || (overall(b) ?? -1) - (overall(a) ?? -1)).slice(0, GROUPS_DRAWN);
}

/** The colour of each group that at least one chart shows, by filter. A group has the same colour in all charts. */
export function groupColors(overview: Pick<Overview, "by">): Map<string, string> {
  const colors = new Map<string, string>();
  for (const measure of Object.values(GROUP_MEASURES)) {
    const drawn = drawnGroups(overview, measure);
    const here = new Set(drawn.map(({ filter }) => colors.get(filter)));
    const everywhere = new Set(colors.values());
    for (const { filter } of drawn) {
      if (colors.has(filter)) continue;
      const color = SERIES_COLORS.find((one) => !everywhere.has(one)) ?? SERIES_COLORS.find((one) => !here.has(one))!;
      colors.set(filter, color);
      here.add(color);
      everywhere.add(color);
    }
  }
  return colors;
}

/** One measure, with a series for each of its largest groups. */
export function byGroup(overview: Overview, measure: GroupMeasure, colors: Map<string, string>): ChartSpec {
  const drawn = drawnGroups(overview, measure);
  return chart(
    overview,
    drawn.map((group) => ({ label: visible(group.value ?? "(none)"), color: colors.get(group.filter)!, values: measure.values(group), filter: group.filter })),
    drawn.map(measure.overall),
  );
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
