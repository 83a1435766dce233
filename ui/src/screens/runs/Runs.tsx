import { useParams } from "@tanstack/react-router";
import { useRef } from "react";
import { useHotkeys } from "../../ui/keys/hotkeys";
import { useTitle } from "../../ui/browser/useTitle";
import { useUrl } from "../../ui/address/useUrl";
import { ApiError } from "../../net/api";
import { useExperiment } from "../../net/experiment";
import { useRuns } from "../../net/runs";
import { Button } from "../../ui/Button";
import { FilterInput } from "../../ui/FilterInput";
import { EmptyState, ErrorState, LoadingRows } from "../../ui/State";
import { RunTable } from "./RunTable";
import "./runs.css";

/** The runs of an experiment: evaluations, and whatever else clients logged. */
export default function Runs() {
  const { e } = useParams({ strict: false }) as { e: string };
  const [search, change] = useUrl();
  const experiment = useExperiment(e);
  useTitle("Runs", experiment.data?.name);
  const filter = search.q ?? "";
  const { data, error, isPending, isFetching, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } =
    useRuns(experiment.data?.experiment_id, filter, orderOf(search.sort));
  const input = useRef<HTMLInputElement>(null);
  useHotkeys({ "/": () => input.current?.focus(), r: () => void refetch() });
  const runs = data?.pages.flatMap((page) => page.runs ?? []) ?? [];
  const badFilter = error instanceof ApiError && error.status === 400 ? error : null;
  const failed = experiment.error ?? (badFilter ? null : error);

  return (
    <div className="page">
      {isFetching && !isPending && <div className="progress-line" />}
      <div className="row wrap">
        <h1>Runs</h1>
        <FilterInput
          ref={input}
          label="Filter the runs"
          placeholder="metrics.`relevance/mean` > 0.8 AND params.model = 'gpt-4o'"
          value={filter}
          error={badFilter}
          onCommit={(q) => change({ q })}
        />
      </div>
      {failed && runs.length === 0 ? <ErrorState error={failed} doing="load the runs" onRetry={() => { void experiment.refetch(); void refetch(); }} />
        : isPending ? <LoadingRows />
        : runs.length > 0 ? <RunTable e={e} runs={runs} sort={search.sort ?? ""} onSort={(sort) => change({ sort })} />
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
      {hasNextPage && <div><Button onClick={() => void fetchNextPage()} disabled={isFetchingNextPage}>Older runs</Button></div>}
    </div>
  );
}

/** `-start` → `start_time DESC`; metrics are sorted by as `m:KEY`. */
function orderOf(sort: string | undefined): string {
  if (!sort) return "";
  const column = sort.replace(/^-/, "");
  const field = column === "start" ? "start_time" : column === "name" ? "run_name" : column === "status" ? "status"
    : column.startsWith("m:") ? `metrics.\`${column.slice(2).replaceAll("`", "")}\`` : null;
  return field ? `${field} ${sort.startsWith("-") ? "DESC" : "ASC"}` : "";
}
