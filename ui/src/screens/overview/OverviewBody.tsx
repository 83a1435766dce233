import { useMemo } from "react";
import { absoluteTime } from "../../core/format";
import type { Side } from "../../net/analytics";
import type { TraceScope } from "../../net/traces";
import type { Overview } from "../../core/types";
import { groupColors } from "./charts";
import { FeedbackTrends } from "./FeedbackTrends";
import { Figures } from "./Figures";
import { GroupTable } from "./GroupTable";
import { ModelStats } from "./ModelStats";
import { OverviewCharts } from "./OverviewCharts";
import { SpanStats } from "./SpanStats";
import { TopErrors } from "./TopErrors";

/** The overview of a time range with traces. */
export function OverviewBody({ experiment, overview, side, scope, by, onZoom, onOnly }: {
  experiment: string;
  overview: Overview;
  side: Side;
  scope: TraceScope;
  by: string;
  onZoom: (fromMs: number, toMs: number) => void;
  onOnly: (filter: string) => void;
}) {
  const { q, range } = side;
  const about = { experiment, q, range };
  const colors = useMemo(() => groupColors(overview), [overview]);
  return (
    <>
      {!overview.complete && (
        <p className="banner" role="status">
          Too many traces to analyze all of them: span and feedback metrics cover the newest only
          {overview.covered_from_ms !== null && <>, back to {absoluteTime(overview.covered_from_ms, side.utc).slice(0, 19)}</>}.
          Narrow the time range or the filter for exact metrics.
        </p>
      )}
      <Figures overview={overview} {...about} />
      <OverviewCharts experiment={experiment} overview={overview} q={q} by={by} colors={colors} onZoom={onZoom} />
      {by !== "" && <GroupTable overview={overview} by={by} colors={colors} onOnly={onOnly} {...about} />}
      {0 < overview.figures.errors + overview.figures.recovered && <TopErrors scope={scope} range={range} />}
      <FeedbackTrends overview={overview} onZoom={onZoom} {...about} />
      <ModelStats models={overview.models} {...about} />
      <div className="halves">
        <SpanStats id="tools" title="Tools" none="No tool calls in this time range." spans={overview.tools} {...about} />
        <SpanStats id="retrievers" title="Retrievers" none="No retrievals in this time range." spans={overview.retrievers} {...about} />
      </div>
    </>
  );
}
