import { Link, useParams } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { useHotkeys } from "../../ui/keys/hotkeys";
import { useTitle } from "../../ui/browser/useTitle";
import { useUrl } from "../../ui/address/useUrl";
import { ApiError } from "../../net/api";
import { useExperiment } from "../../net/experiment";
import { useRuns } from "../../net/runs";
import { Button } from "../../ui/Button";
import { FilterInput } from "../../ui/FilterInput";
import { useTableSort } from "../../ui/table/useTableSort";
import { EmptyState, ErrorState, LoadingRows } from "../../ui/State";
import { RunTable } from "./RunTable";
import "./runs.css";

/** All runs of an experiment: evaluations, and whatever else clients logged. */
export default function Runs() {
  const { e } = useParams({ strict: false }) as { e: string };
  const [search, change] = useUrl();
  const experiment = useExperiment(e);
  useTitle("Runs", experiment.data?.name);
  const filter = search.q ?? "";
  const [sort, setSort] = useTableSort("-start");
  const order = orderOf(sort);
  const { data, error, isPending, isFetching, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } =
    useRuns(experiment.data?.experiment_id, filter, order);
  const input = useRef<HTMLInputElement>(null);
  useHotkeys({ "/": () => input.current?.focus(), r: () => void refetch() });
  const runs = data?.pages.flatMap((page) => page.runs ?? []) ?? [];
  const [marked, setMarked] = useState<string[]>([]);
  // A third selection replaces the first.
  const mark = (runId: string) => setMarked(marked.includes(runId) ? marked.filter((other) => other !== runId) : [...marked, runId].slice(-2));
  const badFilter = error instanceof ApiError && error.status === 400 ? error : null;
  const failed = experiment.error ?? (badFilter ? null : error);

  return (
    <div className="page">
      {isFetching && !isPending && <div className="progress-line" />}
      <div className="row wrap runs-head">
        <h1>Runs</h1>
        <FilterInput
          ref={input}
          label="Filter the runs"
          placeholder="metrics.`relevance/mean` > 0.8 AND params.model = 'gpt-4o'"
          value={filter}
          error={badFilter}
          onCommit={(q) => change({ q })}
        />
        {marked.length === 2
          ? <Link className="button" to="/e/$e/evaluations/compare" params={{ e }} search={{ runs: marked.join(",") } as never}>Compare selected</Link>
          : runs.length > 1 && <span className="meta">Select two to compare</span>}
      </div>
      {failed && runs.length === 0 ? <ErrorState error={failed} doing="load the runs" onRetry={() => { void experiment.refetch(); void refetch(); }} />
        : isPending ? <LoadingRows />
        : runs.length > 0 ? <RunTable e={e} runs={runs} marked={marked} onMark={mark} isSorted={order !== ""} sort={sort} onSort={setSort} />
        : badFilter ? null
        : filter ? (
          <EmptyState title="No runs match the filter">
            <Button onClick={() => change({ q: null })}>Show all runs</Button>
          </EmptyState>
        ) : (
          <EmptyState title="No runs yet">
            <p>A run groups traces, parameters and metrics. <code>mlflow.genai.evaluate</code> creates one for each evaluation. To create your own:</p>
            <pre>{`with mlflow.start_run(run_name="try-1"):\n    mlflow.log_params({"model": "gpt-4o"})\n    answer("What is kansoku?")`}</pre>
          </EmptyState>
        )}
      {order === "" && hasNextPage && <p className="meta">Sorted among the {runs.length} runs shown; there are older ones.</p>}
      {hasNextPage && <div><Button onClick={() => void fetchNextPage()} disabled={isFetchingNextPage}>Older runs</Button></div>}
    </div>
  );
}

/** The server's order for a column: `-start` → `start_time DESC`; columns of metrics are `m:KEY`. Empty if the server cannot sort by it. */
function orderOf(sort: string): string {
  const column = sort.replace(/^-/, "");
  const field = column === "start" ? "start_time" : column === "name" ? "run_name" : column === "status" ? "status"
    : column.startsWith("m:") ? `metrics.\`${column.slice(2).replaceAll("`", "")}\`` : null;
  return field ? `${field} ${sort.startsWith("-") ? "DESC" : "ASC"}` : "";
}
