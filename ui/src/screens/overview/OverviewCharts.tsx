import { useMemo } from "react";
import type { TracesTarget } from "../../ui/address/tracesTarget";
import { joinFilters } from "../../core/joinFilters";
import { bucketRange, type ChartSpec } from "../../core/trafficChart";
import { visible } from "../../core/text";
import type { Overview } from "../../core/types";
import { Chart } from "../../ui/chart/Chart";
import { byGroup, cost, GROUP_MEASURES, type GroupMeasure, GROUPS_DRAWN, latency, outcomes, tokens } from "./charts";

/** The charts over time: totals, or a series for each group. */
export function OverviewCharts({ experiment, overview, q, by, colors, onZoom }: {
  experiment: string;
  overview: Overview;
  q: string;
  by: string;
  /** The colours of groups, by their filters. */
  colors: Map<string, string>;
  onZoom: (fromMs: number, toMs: number) => void;
}) {
  const grouped = by !== "" && 0 < overview.by.length;
  const charts = useMemo(
    () =>
      grouped
        ? {
            volume: byGroup(overview, GROUP_MEASURES.volume, colors),
            latency: byGroup(overview, GROUP_MEASURES.latency, colors),
            tokens: byGroup(overview, GROUP_MEASURES.tokens, colors),
            cost: byGroup(overview, GROUP_MEASURES.cost, colors),
          }
        : { volume: outcomes(overview), latency: latency(overview), tokens: tokens(overview), cost: cost(overview) },
    [overview, grouped, colors],
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
  const isPart = grouped && GROUPS_DRAWN < overview.by.length;
  const note = ({ largest }: GroupMeasure) => (isPart ? `The ${GROUPS_DRAWN} of ${overview.by.length} groups ${largest}; the others are in the table.` : undefined);
  const { volume, latency: slow, tokens: used, cost: spent } = GROUP_MEASURES;
  // For models and providers, the metrics are about model calls instead of traces.
  const ofCalls = by === "model" || by === "provider";
  return (
    <section aria-labelledby="over-time">
      <h2 id="over-time" className="visually-hidden">Over time</h2>
      <div className="charts">
        <Chart title={grouped ? `Traces by ${split}` : "Traces by outcome"} unit="count" kind="stacked" {...charts.volume} {...shared(charts.volume)} note={note(volume)} />
        <Chart title={grouped ? `Duration${ofCalls ? " of calls" : ""}, p95, by ${split}` : "Duration"} unit="duration" kind="steps" {...charts.latency} {...shared(charts.latency)} note={note(slow)} />
        <Chart title={grouped ? `Tokens by ${split}` : "Tokens"} unit="tokens" kind="stacked" {...charts.tokens} {...shared(charts.tokens)} note={note(used)} />
        <Chart title={grouped ? `Cost by ${split}` : "Cost"} unit="money" kind="stacked" {...charts.cost} {...shared(charts.cost)} note={note(spent)} />
      </div>
    </section>
  );
}
