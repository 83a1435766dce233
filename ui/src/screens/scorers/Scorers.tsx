import { useNavigate, useParams } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { visible } from "../../core/text";
import { toast } from "../../core/toastQueue";
import type { ListedScorer } from "../../core/types";
import { useExperiment } from "../../net/experiment";
import { useCheckTypes, useScorers } from "../../net/scorers";
import { useQuickParam } from "../../ui/address/useQuickParam";
import { useUrl } from "../../ui/address/useUrl";
import { useTitle } from "../../ui/browser/useTitle";
import { Button } from "../../ui/Button";
import { DraftNote } from "../../ui/DraftNote";
import { useHotkeys } from "../../ui/keys/hotkeys";
import { useLeaveWarning } from "../../ui/LeaveWarning";
import { EmptyState, ErrorState, LoadingRows } from "../../ui/State";
import { BackfillDialog } from "./BackfillDialog";
import { BackfillList } from "./BackfillList";
import { BudgetDialog } from "./BudgetDialog";
import { CheckGallery } from "./CheckGallery";
import { DeleteScorer } from "./DeleteScorer";
import { JudgeModels } from "./JudgeModels";
import { JudgeSpending } from "./JudgeSpending";
import { EMPTY_CHECK } from "./checkDraft";
import { NewCheck } from "./NewCheck";
import { NoScorers } from "./NoScorers";
import { SamplingDialog } from "./SamplingDialog";
import { ScorerTable } from "./ScorerTable";
import { useStopScorer } from "./useStopScorer";
import "../../ui/text/text.css";
import "./scorers.css";

/** The scorers of an experiment, and new checks. */
export default function Scorers() {
  const { e } = useParams({ strict: false }) as { e: string };
  const [search, change] = useUrl();
  const [typed = "", setTyped] = useQuickParam("q");
  const navigate = useNavigate();
  const experiment = useExperiment(e);
  const experimentId = experiment.data?.experiment_id;
  const { data: list, error, isFetching, refetch } = useScorers(e);
  const scorers = list?.scorers;
  const types = useCheckTypes();
  const [draft, setDraft] = useState(EMPTY_CHECK);
  const isTyped = JSON.stringify(draft) !== JSON.stringify(EMPTY_CHECK);
  const leaving = useLeaveWarning(isTyped);
  const [dialog, setDialog] = useState<{ kind: "sampling" | "delete" | "budget"; scorer: ListedScorer } | { kind: "budget of all" | "backfill" } | null>(null);
  const stop = useStopScorer(experimentId);
  const input = useRef<HTMLInputElement>(null);
  const isNew = search.new === "1";
  useTitle(isNew ? "New check" : "Scorers", experiment.data?.name);

  const create = () => change({ new: "1" });
  const focused = (run: (scorer: ListedScorer) => void) => () => {
    const name = document.activeElement?.closest("tr")?.querySelector<HTMLElement>("[data-scorer]")?.dataset.scorer;
    const scorer = scorers?.find((one) => one.name === name);
    if (scorer) run(scorer);
  };
  useHotkeys({
    "/": () => input.current?.focus(),
    n: create,
    p: () => { if (scorers?.length) setDialog({ kind: "backfill" }); },
    r: () => void refetch(),
    o: focused(({ name }) => void navigate({ to: "/e/$e/scorers/$scorer", params: { e, scorer: name } })),
    s: focused((scorer) => { if (scorer.kind !== "unsupported") setDialog({ kind: "sampling", scorer }); }),
  }, !isNew);
  useHotkeys({ Escape: () => change({ new: null, type: null }) }, isNew && !search.type);

  const failed = experiment.error ?? error;
  const discard = () => {
    setDraft(EMPTY_CHECK);
    toast("Discarded the new check", { undo: () => setDraft(draft) });
  };
  if (isNew && experimentId !== undefined && scorers) {
    const type = types.data?.find(({ name }) => name === search.type);
    return (
      <div className="page scorers">
        {leaving.dialog}
        {type ? (
          <NewCheck
            key={type.name} e={e} experimentId={experimentId} type={type} names={new Set(scorers.map(({ name }) => name))} draft={draft}
            onChange={setDraft} onDiscard={isTyped ? discard : null} onBack={() => change({ type: null })}
            onSaved={(name) => {
              leaving.allow();
              void navigate({ to: "/e/$e/scorers/$scorer", params: { e, scorer: name }, replace: true });
            }}
          />
        ) : (
          <>
            <div className="row wrap">
              <Button look="plain" onClick={() => change({ new: null, type: null })}>← Scorers</Button>
              <h1>New check</h1>
            </div>
            {types.error && !types.data ? <ErrorState error={types.error} doing="list the types of checks" onRetry={() => void types.refetch()} />
              : !types.data ? <LoadingRows />
              : search.type ? <EmptyState title={`This server has no check “${visible(search.type)}”`}><Button onClick={() => change({ type: null })}>Show all types</Button></EmptyState>
              : <CheckGallery types={types.data} onChoose={({ name }) => change({ type: name })} />}
          </>
        )}
      </div>
    );
  }

  const shown = scorers?.filter(({ name }) => name.toLowerCase().includes(typed.trim().toLowerCase())) ?? [];
  return (
    <div className="page scorers">
      {isFetching && scorers && <div className="progress-line" />}
      {leaving.dialog}
      <div className="row wrap">
        <h1 className="grow">Scorers</h1>
        <input
          ref={input} type="search" className="input find" aria-label="Find a scorer by its name" placeholder="Find by name" value={typed}
          onChange={(event) => setTyped(event.target.value || null)}
          onKeyDown={(event) => {
            if (event.key !== "ArrowDown" && event.key !== "Enter") return;
            event.preventDefault();
            document.querySelector<HTMLElement>(".scorers [data-row]")?.focus();
          }}
        />
        {scorers !== undefined && 0 < scorers.length && <Button title="p" onClick={() => setDialog({ kind: "backfill" })}>Score past traces…</Button>}
        <Button look="primary" title="n" onClick={create}>New check</Button>
      </div>
      {isTyped && <DraftNote text="A new check is not saved." onContinue={create} onDiscard={discard} />}
      {failed && !scorers ? <ErrorState error={failed} doing="list the scorers" onRetry={() => { void experiment.refetch(); void refetch(); }} />
        : !scorers ? <LoadingRows />
        : scorers.length === 0 ? <NoScorers onCreate={create} />
        : shown.length === 0 ? <EmptyState title="No scorer has this name"><Button onClick={() => setTyped(null)}>Show all scorers</Button></EmptyState>
        : (
          <ScorerTable
            e={e} scorers={shown} types={types.data ?? []} onStop={stop}
            onSampling={(scorer) => setDialog({ kind: "sampling", scorer })} onBudget={(scorer) => setDialog({ kind: "budget", scorer })}
            onDelete={(scorer) => setDialog({ kind: "delete", scorer })}
          />
        )}
      {scorers && <BackfillList e={e} />}
      {list && <JudgeSpending list={list} onBudget={() => setDialog({ kind: "budget of all" })} />}
      {scorers && experiment.data && <JudgeModels experiment={experiment.data} />}
      {dialog?.kind === "backfill" && scorers && <BackfillDialog e={e} scorers={scorers} onClose={() => setDialog(null)} />}
      {dialog?.kind === "sampling" && experimentId !== undefined && <SamplingDialog e={e} experimentId={experimentId} scorer={dialog.scorer} onClose={() => setDialog(null)} />}
      {dialog?.kind === "delete" && experimentId !== undefined && <DeleteScorer experimentId={experimentId} scorer={dialog.scorer} onClose={() => setDialog(null)} />}
      {dialog?.kind === "budget" && <BudgetDialog e={e} scorer={dialog.scorer.name} budget={dialog.scorer.budget} isPriceKnown={dialog.scorer.price_known} onClose={() => setDialog(null)} />}
      {dialog?.kind === "budget of all" && list && (
        <BudgetDialog e={e} scorer={null} budget={list.budget} isPriceKnown={list.scorers.every(({ kind, price_known }) => kind !== "judge" || price_known)} onClose={() => setDialog(null)} />
      )}
    </div>
  );
}
