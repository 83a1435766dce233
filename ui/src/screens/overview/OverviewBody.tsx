import { absoluteTime } from "../../core/format";
import type { Side } from "../../net/insight";
import type { Overview } from "../../core/types";
import { FeedbackTrends } from "./FeedbackTrends";
import { Figures } from "./Figures";
import { GroupTable } from "./GroupTable";
import { ModelStats } from "./ModelStats";
import { OverviewCharts } from "./OverviewCharts";
import { SpanStats } from "./SpanStats";

/** The overview of a time in which there was something. */
export function OverviewBody({ experiment, overview, side, by, onZoom, onOnly }: {
  experiment: string;
  overview: Overview;
  side: Side;
  by: string;
  onZoom: (fromMs: number, toMs: number) => void;
  onOnly: (filter: string) => void;
}) {
  const { q, range } = side;
  const about = { experiment, q, range };
  return (
    <>
      {!overview.complete && (
        <p className="banner" role="status">
          There are too many traces to look into each of them: what is said of spans and feedback is of the newest
          {overview.covered_from_ms !== null && <>, back to {absoluteTime(overview.covered_from_ms, side.utc).slice(0, 19)}</>}.
          A shorter time or a filter is counted whole.
        </p>
      )}
      <Figures overview={overview} {...about} />
      <OverviewCharts experiment={experiment} overview={overview} q={q} by={by} onZoom={onZoom} />
      {by !== "" && <GroupTable overview={overview} by={by} onOnly={onOnly} {...about} />}
      <FeedbackTrends overview={overview} onZoom={onZoom} {...about} />
      <ModelStats models={overview.models} {...about} />
      <div className="halves">
        <SpanStats id="tools" title="Tools" none="No tool was called in this time." spans={overview.tools} {...about} />
        <SpanStats id="retrievers" title="Retrievers" none="Nothing was retrieved in this time." spans={overview.retrievers} {...about} />
      </div>
    </>
  );
}
