import { exact } from "../../core/format";
import { joinFilters } from "../../core/joinFilters";
import type { Side } from "../../net/analytics";
import { useStepGraph } from "../../net/steps";
import { TracesLink } from "../../ui/address/TracesLink";
import { filterErrorOf } from "../../ui/filter/filterError";
import GraphView from "../../ui/graph/GraphView";
import { EmptyState, ErrorState, LoadingRows } from "../../ui/State";
import { StepsCoverage } from "../../ui/steps/StepsView";

/** The graph of the steps of many traces; a node opens its traces. */
export default function StepGraphView({ experiment, side }: { experiment: string; side: Side }) {
  const { data, error, isPending, refetch } = useStepGraph(experiment, side);
  if (error && !filterErrorOf(error)) return <ErrorState error={error} doing="load the graph" onRetry={() => void refetch()} />;
  if (!data) return isPending && !error ? <LoadingRows rows={12} /> : null;
  if (data.nodes.length === 0) return <EmptyState title={data.traces === 0 ? "No traces in this time range" : "These traces have no spans"} />;
  return (
    <>
      <StepsCoverage list={data} utc={side.utc} />
      <GraphView
        graph={data}
        link={(place, content) => {
          const node = data.nodes[place]!;
          return (
            <TracesLink experiment={experiment} target={{ q: joinFilters(side.q, node.filter), range: side.range, count: node.traces }}>{content}</TracesLink>
          );
        }}
      />
      {data.nodes.length < data.nodes_total && (
        <p className="meta">The {exact(data.nodes.length)} most frequent of {exact(data.nodes_total)} steps.</p>
      )}
    </>
  );
}
