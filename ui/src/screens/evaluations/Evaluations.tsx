import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { toast } from "../../core/toastQueue";
import { ApiError } from "../../net/api";
import { COMPARED_MAX, useEvaluations } from "../../net/evaluations";
import { useExperiment } from "../../net/experiment";
import { useUrl } from "../../ui/address/useUrl";
import { useTitle } from "../../ui/browser/useTitle";
import { Button } from "../../ui/Button";
import { FilterInput } from "../../ui/FilterInput";
import { useHotkeys } from "../../ui/keys/hotkeys";
import { EmptyState, ErrorState, LoadingRows } from "../../ui/State";
import { useTableSort } from "../../ui/table/useTableSort";
import { EvaluationTable } from "./EvaluationTable";
import { NoEvaluations } from "./NoEvaluations";
import "./evaluations.css";

const NEWEST_FIRST = "-start";

/** The evaluations of an experiment with their scores; two to four can be compared. */
export default function Evaluations() {
  const { e } = useParams({ strict: false }) as { e: string };
  const [search, change] = useUrl();
  const navigate = useNavigate();
  const experiment = useExperiment(e);
  useTitle("Evaluations", experiment.data?.name);
  const filter = search.q ?? "";
  const [sort, setSort] = useTableSort(NEWEST_FIRST);
  const { data, error, isPending, isFetching, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = useEvaluations(e, filter);
  const evaluations = data?.pages.flatMap((page) => page.evaluations) ?? [];
  // The newest runs of a page may all be other runs than evaluations.
  const looksFurther = data !== undefined && evaluations.length === 0 && hasNextPage && !error;
  useEffect(() => {
    if (looksFurther && !isFetchingNextPage) void fetchNextPage();
  }, [looksFurther, isFetchingNextPage, fetchNextPage]);
  const [selected, setSelected] = useState<string[]>([]);
  const select = (runId: string) => {
    if (selected.includes(runId)) setSelected(selected.filter((other) => other !== runId));
    else if (selected.length < COMPARED_MAX) setSelected([...selected, runId]);
    else toast(`At most ${COMPARED_MAX} evaluations can be compared`);
  };
  // The oldest is the baseline, wherever the rows are and in whatever order they were selected.
  const compared = evaluations.filter(({ run_id }) => selected.includes(run_id)).sort((a, b) => (a.start_time_ms ?? 0) - (b.start_time_ms ?? 0)).map(({ run_id }) => run_id);
  const comparison = { to: "/e/$e/evaluations/compare", params: { e }, search: { runs: compared.join(",") } as never } as const;
  const input = useRef<HTMLInputElement>(null);
  useHotkeys({
    "/": () => input.current?.focus(),
    r: () => void refetch(),
    x: () => {
      const runId = document.activeElement?.closest("tr")?.querySelector<HTMLElement>("[data-run]")?.dataset.run;
      if (runId) select(runId);
    },
    c: () => {
      if (compared.length < 2) toast("Select two to four evaluations with x, then compare them with c");
      else void navigate(comparison);
    },
  });
  const badFilter = error instanceof ApiError && error.status === 400 ? error : null;
  const failed = experiment.error ?? (badFilter ? null : error);

  return (
    <div className="page">
      {isFetching && !isPending && <div className="progress-line" />}
      <div className="row wrap evaluations-bar">
        <h1>Evaluations</h1>
        <FilterInput
          ref={input}
          label="Filter the evaluations"
          placeholder="part of a name, or params.model = 'gpt-4o'"
          value={filter}
          error={badFilter}
          onCommit={(q) => change({ q })}
        />
        {compared.length > 1 ? <Link className="button primary" {...comparison}>Compare {compared.length} <span className="kbd" aria-hidden>c</span></Link>
          : evaluations.length > 1 && <span className="meta">Select two to four to compare</span>}
      </div>
      {failed && evaluations.length === 0 ? <ErrorState error={failed} doing="load the evaluations" onRetry={() => { void experiment.refetch(); void refetch(); }} />
        : isPending || looksFurther || !experiment.data ? <LoadingRows />
        : evaluations.length > 0 ? <EvaluationTable e={e} evaluations={evaluations} selected={selected} onSelect={select} sort={sort} onSort={setSort} />
        : badFilter ? null
        : filter ? (
          <EmptyState title="No evaluations match the filter">
            <Button onClick={() => change({ q: null })}>Show all evaluations</Button>
          </EmptyState>
        ) : <NoEvaluations experiment={experiment.data} />}
      {sort !== NEWEST_FIRST && hasNextPage && <p className="meta">Sorted among the {evaluations.length} evaluations shown; there are older ones.</p>}
      {hasNextPage && evaluations.length > 0 && <div><Button onClick={() => void fetchNextPage()} disabled={isFetchingNextPage}>Older evaluations</Button></div>}
    </div>
  );
}
