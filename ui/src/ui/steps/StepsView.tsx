import { useSteps } from "../../net/steps";
import type { Side } from "../../net/analytics";
import { absoluteTime, exact, plural } from "../../core/format";
import { EmptyState, ErrorState, LoadingRows } from "../State";
import { filterErrorOf } from "../filter/filterError";
import { StepTable } from "./StepTable";

/** Loads and shows the steps of a set of traces. */
export default function StepsView({ experiment, side, by = "", rowKeys = false }: { experiment: string; side: Side; by?: string; rowKeys?: boolean }) {
  const { data, error, isPending, refetch } = useSteps(experiment, side, by);
  if (error && !filterErrorOf(error)) return <ErrorState error={error} doing="load the steps" onRetry={() => void refetch()} />;
  if (!data) return isPending && !error ? <LoadingRows rows={12} /> : null;
  if (data.steps.length === 0) return <EmptyState title={data.traces === 0 ? "No traces in this time range" : "These traces have no spans"} />;
  return (
    <>
      <StepsCoverage list={data} utc={side.utc} />
      <StepTable experiment={experiment} list={data} side={side} by={by} rowKeys={rowKeys} />
    </>
  );
}

/** The number of traces that the steps were computed from, and how far back they reach if these are not all. */
export function StepsCoverage({ list, utc }: { list: { traces: number; complete: boolean; covered_from_ms?: number | null }; utc: boolean }) {
  if (list.complete) return <p className="meta">Spans of {plural(list.traces, "trace")} by name and type.</p>;
  return (
    <p className="meta warn-text" role="status">
      The newest {exact(list.traces)} traces only
      {list.covered_from_ms != null && <>, back to {absoluteTime(list.covered_from_ms, utc).slice(0, 19)}</>}.
      {" "}Narrow the time range or the filter for all of them.
    </p>
  );
}
