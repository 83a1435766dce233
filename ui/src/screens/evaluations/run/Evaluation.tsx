import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { visible } from "../../../core/text";
import type { ScoreDistribution } from "../../../core/types";
import { useEvaluation } from "../../../net/evaluations";
import { useUrl } from "../../../ui/address/useUrl";
import { useTitle } from "../../../ui/browser/useTitle";
import { useHotkeys } from "../../../ui/keys/hotkeys";
import { PageProblem } from "../../../ui/PageProblem";
import { LoadingRows } from "../../../ui/State";
import "../evaluations.css";
import { CaseTable } from "./CaseTable";
import { CaseToolbar } from "./CaseToolbar";
import { EvaluationHead } from "./EvaluationHead";
import { ScorerCards } from "./ScorerCards";
import { useCases } from "./useCases";

const ChooseEvaluation = lazy(() => import("../ChooseEvaluation"));

const NO_SCORERS: ScoreDistribution[] = [];

/** One evaluation: a summary for each scorer, and a row for each case with its scores. */
export default function Evaluation() {
  const { e, run } = useParams({ strict: false }) as { e: string; run: string };
  const [url, change] = useUrl();
  const navigate = useNavigate();
  const { data: evaluation, error, refetch } = useEvaluation(e, run);
  useTitle(evaluation && visible(evaluation.name || evaluation.run_id), "Evaluation");
  const { list, first, stale, refresh } = useCases(e, run);
  // The summary is of the whole run: it stays while the cases are filtered, or their filter is invalid.
  const [scorers, setScorers] = useState(NO_SCORERS);
  if (first && first.scorers !== scorers) setScorers(first.scorers);
  const [choosing, setChoosing] = useState(false);
  useHotkeys({
    c: () => setChoosing(true),
    r: () => {
      void refetch();
      refresh();
    },
  }, !choosing);

  if (error && !evaluation) {
    return <PageProblem what="evaluation" error={error} onRetry={() => void refetch()}><Link to="/e/$e/evaluations" params={{ e }}>See all evaluations</Link></PageProblem>;
  }
  if (!evaluation) return <div className="page"><LoadingRows /></div>;
  const chosen = url.scorer && url.verdict ? { scorer: url.scorer, verdict: url.verdict } : null;
  const choose = (next: typeof chosen) => change({ scorer: next?.scorer ?? null, verdict: next?.verdict ?? null });
  return (
    <div className="evaluation">
      <EvaluationHead e={e} evaluation={evaluation} onCompare={() => setChoosing(true)} />
      {scorers.length > 0 && <ScorerCards scorers={scorers} stats={evaluation.scorers} chosen={chosen} onChoose={choose} />}
      <CaseToolbar e={e} list={list} matching={first?.matching ?? null} evaluation={evaluation} scorers={scorers} chosen={chosen} onChoose={choose} />
      <div className="evaluation-main" aria-busy={stale}>
        {stale && <div className="progress-line" />}
        <CaseTable e={e} run={run} list={list} first={first} scorers={scorers} evaluation={evaluation} />
      </div>
      <Suspense fallback={null}>
        {choosing && (
          <ChooseEvaluation
            e={e} title={`Compare ${visible(evaluation.name || run)} with`} without={[run]} onClose={() => setChoosing(false)}
            onChoose={(other) => {
              // The older one is the baseline.
              const runs = (other.start_time_ms ?? 0) <= (evaluation.start_time_ms ?? 0) ? [other.run_id, run] : [run, other.run_id];
              void navigate({ to: "/e/$e/evaluations/compare", params: { e }, search: { runs: runs.join(",") } as never });
            }}
          />
        )}
      </Suspense>
    </div>
  );
}
