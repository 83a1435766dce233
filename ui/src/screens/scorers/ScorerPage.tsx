import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { type CheckForm, formOf } from "../../core/scorer/checkForm";
import { definitionOf } from "../../core/scorer/checkType";
import { toast } from "../../core/toastQueue";
import { useExperiment } from "../../net/experiment";
import { useCheckTypes, useScorers } from "../../net/scorers";
import { useTitle } from "../../ui/browser/useTitle";
import { useHotkeys } from "../../ui/keys/hotkeys";
import { useLeaveWarning } from "../../ui/LeaveWarning";
import { EmptyState, ErrorState, LoadingRows } from "../../ui/State";
import { BackfillDialog } from "./BackfillDialog";
import { BudgetDialog } from "./BudgetDialog";
import { DeleteScorer } from "./DeleteScorer";
import { EditCheck } from "./EditCheck";
import { EditJudge } from "./EditJudge";
import { FailureList } from "./FailureList";
import { SamplingDialog } from "./SamplingDialog";
import { ScorerHead } from "./ScorerHead";
import { TrialPanel } from "./TrialPanel";
import "./scorers.css";

/** One scorer: its state, a trial, and for checks and judges with instructions a new version. */
export default function ScorerPage() {
  const { e, scorer } = useParams({ strict: false }) as { e: string; scorer: string };
  return <ScorerOfName key={scorer} e={e} name={scorer} />;
}

function ScorerOfName({ e, name }: { e: string; name: string }) {
  const navigate = useNavigate();
  const experiment = useExperiment(e);
  const experimentId = experiment.data?.experiment_id;
  const { data: list, error, isFetching, refetch } = useScorers(e);
  const scorers = list?.scorers;
  const scorer = scorers?.find((one) => one.name === name);
  const definition = definitionOf(scorer?.check);
  const types = useCheckTypes(definition !== null);
  const type = types.data?.find((one) => one.name === definition?.type);
  const [draft, setDraft] = useState<CheckForm | null>(null);
  const isTyped = draft !== null && type !== undefined && JSON.stringify(draft) !== JSON.stringify(formOf(type, definition));
  const leaving = useLeaveWarning(isTyped);
  const [dialog, setDialog] = useState<"sampling" | "budget" | "backfill" | "delete" | null>(null);
  useTitle(name, "Scorers", experiment.data?.name);
  const toList = () => void navigate({ to: "/e/$e/scorers", params: { e } });
  useHotkeys({
    Escape: toList,
    r: () => void refetch(),
    s: () => { if (scorer && scorer.kind !== "unsupported") setDialog("sampling"); },
    b: () => { if (scorer?.kind === "judge") setDialog("budget"); },
    p: () => { if (scorer && scorer.kind !== "unsupported") setDialog("backfill"); },
  });

  const failed = experiment.error ?? error;
  if (failed && (!scorers || experimentId === undefined)) return <ErrorState error={failed} doing="load the scorer" onRetry={() => { void experiment.refetch(); void refetch(); }} isPage />;
  if (!scorers || experimentId === undefined) return <div className="page"><LoadingRows /></div>;
  if (!scorer) {
    return (
      <EmptyState title="Scorer not found" isPage>
        <p>It was deleted, or the address is incomplete.</p>
        <Link to="/e/$e/scorers" params={{ e }}>See all scorers</Link>
      </EmptyState>
    );
  }
  const filter = scorer.filter ?? "";
  const isJudgeOfInstructions = scorer.kind === "judge" && scorer.instructions !== null;
  return (
    <div className="page scorers">
      {isFetching && <div className="progress-line" />}
      {leaving.dialog}
      <ScorerHead e={e} experimentId={experimentId} scorer={scorer} onSampling={() => setDialog("sampling")} onBudget={() => setDialog("budget")} onBackfill={() => setDialog("backfill")} onDelete={() => setDialog("delete")} />
      <FailureList e={e} scorer={scorer} isActive={dialog === null} />
      {definition === null ? (
        <>
          {!isJudgeOfInstructions && <p className="muted">This scorer was registered by MLflow’s client. To change it, register it again under the same name: that makes a new version.</p>}
          {isJudgeOfInstructions ? <EditJudge key={scorer.instructions} e={e} experimentId={experimentId} scorer={scorer} instructions={scorer.instructions ?? ""} q={filter} /> : scorer.kind !== "unsupported" && scorer.kind !== "python" && <TrialPanel e={e} candidate={{ scorer: name }} q={filter} isJudge={scorer.kind === "judge"} isActive={dialog === null} />}
        </>
      ) : types.error && !types.data ? <ErrorState error={types.error} doing="list the types of checks" onRetry={() => void types.refetch()} />
        : !types.data ? <LoadingRows />
        : type ? (
          <EditCheck
            e={e} scorer={scorer} type={type} definition={definition} form={draft ?? formOf(type, definition)} isTyped={isTyped} q={filter}
            onChange={(field, value) => setDraft((before) => ({ ...(before ?? formOf(type, definition)), [field]: value }))}
            onDiscard={() => {
              setDraft(null);
              toast("Discarded the changes", { undo: () => setDraft(draft) });
            }}
            onSaved={() => setDraft(null)}
          />
        ) : (
          <>
            <p className="muted">This server does not describe checks of the type <code>{definition.type}</code>, so it cannot be changed here.</p>
            <pre>{JSON.stringify(definition, null, 2)}</pre>
          </>
        )}
      {dialog === "sampling" && <SamplingDialog e={e} experimentId={experimentId} scorer={scorer} onClose={() => setDialog(null)} />}
      {dialog === "budget" && <BudgetDialog e={e} scorer={name} budget={scorer.budget} isPriceKnown={scorer.price_known} onClose={() => setDialog(null)} />}
      {dialog === "backfill" && <BackfillDialog e={e} scorers={scorers} chosen={name} onlyFormer={1 < scorer.version} onClose={() => setDialog(null)} />}
      {dialog === "delete" && <DeleteScorer experimentId={experimentId} scorer={scorer} onClose={() => setDialog(null)} onDeleted={() => { leaving.allow(); toList(); }} />}
    </div>
  );
}
