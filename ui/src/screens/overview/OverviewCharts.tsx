import { useMemo } from "react";
import type { TracesTarget } from "../../ui/address/tracesTarget";
import { joinFilters } from "../../core/joinFilters";
import { visible } from "../../core/text";
import type { Overview } from "../../core/types";
import { Chart } from "../../ui/chart/Chart";
import { bucketRange, byGroup, type ChartSpec, cost, GROUPS_DRAWN, latency, outcomes, tokens } from "./charts";

/** The charts over time: totals, or a series for each group. */
export function OverviewCharts({ experiment, overview, q, by, onZoom }: {
  experiment: string;
  overview: Overview;
  q: string;
  by: string;
  onZoom: (fromMs: number, toMs: number) => void;
}) {
  const grouped = by !== "" && 0 < overview.by.length;
  const charts = useMemo(
    () =>
      grouped
        ? {
            volume: byGroup(overview, (group) => group.traces, (group) => group.figures.traces),
            latency: byGroup(overview, (group) => group.p95_ms, (group) => group.figures.p95_ms),
            tokens: byGroup(overview, (group) => group.tokens, (group) => group.figures.total_tokens),
            cost: byGroup(overview, (group) => group.cost, (group) => group.figures.cost),
          }
        : { volume: outcomes(overview), latency: latency(overview), tokens: tokens(overview), cost: cost(overview) },
    [overview, grouped],
  );
  const shared = (spec: ChartSpec) => ({
    experiment,
    syncKey: "overview",
    onZoom,
    targetOf: (bucket: number, series: number | null): TracesTarget => {
      const filter = series === null ? "" : spec.data.series[series]?.filter;
      return { q: joinFilters(q, filter), range: bucketRange(overview, spec.data.startMs[bucket]!) };
    },
  });
  const split = visible(by);
  const hidden = overview.by.length - GROUPS_DRAWN;
  const note = grouped && 0 < hidden ? `The ${GROUPS_DRAWN} groups with the most traces; ${hidden} more are in the table.` : undefined;
  return (
    <div className="charts">
      <Chart title={grouped ? `Traces by ${split}` : "Traces by outcome"} unit="count" kind="stacked" {...charts.volume} {...shared(charts.volume)} note={note} />
      <Chart title={grouped ? `Duration, p95, by ${split}` : "Duration"} unit="duration" kind="steps" {...charts.latency} {...shared(charts.latency)} />
      <Chart title={grouped ? `Tokens by ${split}` : "Tokens"} unit="tokens" kind="stacked" {...charts.tokens} {...shared(charts.tokens)} />
      <Chart title={grouped ? `Cost by ${split}` : "Cost"} unit="money" kind="stacked" {...charts.cost} {...shared(charts.cost)} />
    </div>
  );
}
