import { Link, useParams } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { visible } from "../../../core/text";
import type { EvaluationComparison } from "../../../core/types";
import { ROW_FILTERS } from "../../../core/evaluationChanges";
import { ApiError } from "../../../net/api";
import { COMPARED_MAX } from "../../../net/evaluations";
import { useUrl } from "../../../ui/address/useUrl";
import { useTitle } from "../../../ui/browser/useTitle";
import { useHotkeys } from "../../../ui/keys/hotkeys";
import { EmptyState, ErrorState, LoadingRows } from "../../../ui/State";
import "../evaluations.css";
import { ComparedRows } from "./ComparedRows";
import { ComparedRuns } from "./ComparedRuns";
import { ComparisonSummary } from "./ComparisonSummary";
import { RowFilters } from "./RowFilters";
import { useComparison } from "./useComparison";

const ChooseEvaluation = lazy(() => import("../ChooseEvaluation"));

/** Two to four evaluations, case by case. The first is the baseline. */
export default function CompareEvaluations() {
  const { e } = useParams({ strict: false }) as { e: string };
  const [url] = useUrl();
  const ids = [...new Set((url.runs ?? "").split(",").filter(Boolean))].slice(0, COMPARED_MAX);
  if (ids.length < 2) return <ChooseSecond e={e} ids={ids} />;
  return <Comparison key={`${e} ${ids.join()}`} e={e} ids={ids} />;
}

function Comparison({ e, ids }: { e: string; ids: string[] }) {
  const [url, change] = useUrl();
  const { list, first, stale, refresh } = useComparison(e, ids.join(","));
  // The figures are of whole runs: they stay while the rows are filtered.
  const [known, setKnown] = useState<EvaluationComparison | null>(null);
  if (first && first !== known) setKnown(first);
  const figures = first ?? known;
  const names = figures?.runs.map(({ name, run_id }) => visible(name || run_id));
  useTitle(names?.join(" and "), "Evaluations");
  const [adding, setAdding] = useState(false);
  const setRuns = (runs: readonly string[]) => change({ runs: runs.join(","), case: null, side: null });
  const swap = () => setRuns([ids[1]!, ids[0]!, ...ids.slice(2)]);
  useHotkeys({
    s: swap,
    r: refresh,
    ...Object.fromEntries(ROW_FILTERS.map(({ id }, at) => [String(at + 1), () => change({ only: id === "all" ? null : id }, { replace: true })])),
  }, !adding);

  const failed = list.error !== null && list.length === 0 && !figures ? list.error : null;
  if (failed) {
    return failed instanceof ApiError && failed.status === 404 ? (
      <EmptyState title="A run was not found"><p>{failed.message}</p><Link to="/e/$e/evaluations" params={{ e }}>See all evaluations</Link></EmptyState>
    ) : <ErrorState error={failed} doing="compare the evaluations" onRetry={() => { list.retry(); list.need(0, 0); }} />;
  }
  return (
    <div className="evaluation">
      <header className="evaluation-head">
        <div className="row wrap">
          <Link to="/e/$e/evaluations" params={{ e }} className="button plain">← Evaluations</Link>
          <h1>Compare evaluations</h1>
          {figures && <ComparedRuns e={e} runs={figures.runs} onRuns={setRuns} onSwap={swap} onAdd={() => setAdding(true)} />}
        </div>
      </header>
      {!figures ? <LoadingRows rows={10} /> : (
        <>
          <ComparisonSummary e={e} comparison={figures} onFilter={(scorer, only) => change({ scorer, only })} />
          <RowFilters comparison={figures} isPlaceholder={stale || first === null} />
          <div className="evaluation-main" aria-busy={stale}>
            {stale && <div className="progress-line" />}
            <ComparedRows e={e} runs={figures.runs} list={list} comparison={figures} onShowAll={() => change({ only: null, scorer: null, q: null })} />
          </div>
        </>
      )}
      <Suspense fallback={null}>
        {adding && (
          <ChooseEvaluation
            e={e} title="Add an evaluation to the comparison" without={ids} onClose={() => setAdding(false)}
            onChoose={({ run_id }) => {
              setAdding(false);
              setRuns([...ids, run_id]);
            }}
          />
        )}
      </Suspense>
      {url.case === undefined && <p className="visually-hidden">{names?.map((name, at) => `${"ABCD"[at]} is ${name}`).join(", ")}</p>}
    </div>
  );
}

/** The address has fewer than two runs. */
function ChooseSecond({ e, ids }: { e: string; ids: string[] }) {
  const [, change] = useUrl();
  const [choosing, setChoosing] = useState(false);
  useTitle("Compare evaluations");
  return (
    <EmptyState title="Choose two to four evaluations">
      <p>Select them with <span className="kbd">x</span> in the <Link to="/e/$e/evaluations" params={{ e }}>list of evaluations</Link>, and press <span className="kbd">c</span>.</p>
      {ids.length === 1 && <button type="button" className="button" onClick={() => setChoosing(true)}>Choose the other one</button>}
      <Suspense fallback={null}>
        {choosing && <ChooseEvaluation e={e} title="Compare with" without={ids} onChoose={({ run_id }) => change({ runs: [...ids, run_id].join(",") })} onClose={() => setChoosing(false)} />}
      </Suspense>
    </EmptyState>
  );
}
