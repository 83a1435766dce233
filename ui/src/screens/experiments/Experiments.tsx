import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { useHotkeys } from "../../ui/keys/hotkeys";
import { useTitle } from "../../ui/browser/useTitle";
import { useUrl } from "../../ui/address/useUrl";
import { useDemo } from "../../net/demo";
import { useExperiments } from "../../net/experiments";
import type { ExperimentList, ExperimentSummary } from "../../core/types";
import { Button } from "../../ui/Button";
import { ErrorState, LoadingRows } from "../../ui/State";
import { filterExperiments } from "../../core/experimentOrder";
import { ChangeDialog, type Change } from "./ChangeDialog";
import { ExperimentTable } from "./ExperimentTable";
import "./experiments.css";
import { FirstTrace } from "../../ui/firstTrace/FirstTrace";

const POLL_MS = 3000;

export default function Experiments() {
  useTitle("Experiments");
  const [search, change] = useUrl();
  const { data, error, isPending, isFetching, refetch } = useExperiments({
    refetchEveryMs: (list) => (list && !newestTraced(list) ? POLL_MS : 30_000),
  });
  const [dialog, setDialog] = useState<Change | null>(null);
  const filter = useRef<HTMLInputElement>(null);
  useHotkeys({
    "/": () => filter.current?.focus(),
    n: () => setDialog({ kind: "create" }),
  });
  const first = data && newestTraced(data);
  const filling = useDemo()?.state === "running";
  useOpenWhenFirstArrives(data, filling ? null : first);

  if (error && !data) return <ErrorState error={error} doing="list the experiments" onRetry={() => void refetch()} />;
  if (isPending) return <div className="page"><h1>Experiments</h1><LoadingRows /></div>;

  const withDeleted = search.deleted === "1";
  const deleted = data.experiments.filter((experiment) => experiment.lifecycle_stage === "deleted").length;
  const shown = filterExperiments(data.experiments, { typed: search.q ?? "", sort: search.sort ?? "", withDeleted });
  return (
    <div className="page experiments">
      {isFetching && <div className="progress-line" />}
      <div className="row wrap">
        <h1 className="grow">Experiments</h1>
        {(deleted > 0 || withDeleted) && (
          <Button aria-pressed={withDeleted} onClick={() => change({ deleted: withDeleted ? null : "1" })}>
            Deleted ({deleted})
          </Button>
        )}
        <input
          ref={filter}
          type="search"
          className="input find"
          aria-label="Find an experiment"
          placeholder="Find by name or tag"
          value={search.q ?? ""}
          onChange={(event) => change({ q: event.target.value }, { replace: true })}
          onKeyDown={(event) => {
            if (event.key === "Enter") document.querySelector<HTMLElement>(".experiments [data-row]")?.click();
            if (event.key === "ArrowDown") {
              event.preventDefault();
              document.querySelector<HTMLElement>(".experiments [data-row]")?.focus();
            }
          }}
        />
        <Button look="primary" onClick={() => setDialog({ kind: "create" })}>New experiment</Button>
      </div>
      {(!first || filling) && <FirstTrace experiment={null} />}
      {shown.length === 0 ? (
        <p className="muted">No experiment matches “{search.q}”.</p>
      ) : (
        <ExperimentTable experiments={shown} sort={search.sort ?? ""} onSort={(sort) => change({ sort })} onChange={setDialog} />
      )}
      {dialog && <ChangeDialog change={dialog} onClose={() => setDialog(null)} />}
    </div>
  );
}

/** The experiment with the newest trace; `null` if no experiment has traces. */
function newestTraced({ experiments }: ExperimentList): ExperimentSummary | null {
  const traced = experiments.filter((experiment) => experiment.traces > 0);
  return traced.reduce<ExperimentSummary | null>(
    (newest, experiment) => ((newest?.last_trace_ms ?? 0) < (experiment.last_trace_ms ?? 1) ? experiment : newest),
    null,
  );
}

/** Opens the experiment of the first trace of all, if it arrives while this page is shown. */
function useOpenWhenFirstArrives(list: ExperimentList | undefined, first: ExperimentSummary | null | undefined) {
  const navigate = useNavigate();
  const waited = useRef(false);
  useEffect(() => {
    if (!list) return;
    if (!first) waited.current = true;
    else if (waited.current) void navigate({ to: "/e/$e/traces", params: { e: first.experiment_id } });
  }, [list, first, navigate]);
}
