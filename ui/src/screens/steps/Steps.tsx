import { lazy, Suspense } from "react";
import { useParams } from "@tanstack/react-router";
import { useIsFetching, useQueryClient } from "@tanstack/react-query";
import { useExperiment } from "../../net/experiment";
import { useSteps } from "../../net/steps";
import { useUrl } from "../../ui/address/useUrl";
import { useTitle } from "../../ui/browser/useTitle";
import { useHotkeys } from "../../ui/keys/hotkeys";
import { ScopeBar } from "../../ui/scope/ScopeBar";
import { useScope } from "../../ui/scope/useScope";
import { LoadingRows } from "../../ui/State";
import StepsView from "../../ui/steps/StepsView";
import { Tabs } from "../../ui/Tabs";
import { GroupBySelect } from "../../ui/GroupBySelect";

const StepGraphView = lazy(() => import("./StepGraphView"));

/** The steps of an experiment: the spans of its traces by name and type. */
export default function Steps() {
  const { e } = useParams({ strict: false }) as { e: string };
  const [search, change] = useUrl();
  const experiment = useExperiment(e);
  const state = useScope(e);
  const by = search.by ?? "";
  const view = search.view === "graph" ? "graph" : "table";
  // The error of an invalid filter is marked in the scope bar.
  const { error } = useSteps(e, state.side, by);
  const key = view === "table" ? ["steps", e] : ["steps/graph", e];
  const isFetching = 0 < useIsFetching({ queryKey: key });
  const queries = useQueryClient();
  useTitle("Steps", experiment.data?.name ?? e);
  useHotkeys({ r: () => void queries.refetchQueries({ queryKey: key, type: "active" }) });

  return (
    <div className="page stack" aria-busy={isFetching}>
      {isFetching && <div className="progress-line" />}
      <h1 className="visually-hidden">Steps</h1>
      <ScopeBar state={state} error={error}>
        {view === "table" && <GroupBySelect experiment={e} value={by} onChange={(by) => change({ by })} />}
      </ScopeBar>
      <Tabs label="Steps" chosen={view} tabs={[{ id: "table", label: "Table" }, { id: "graph", label: "Graph" }]} onChoose={(next) => change({ view: next === "table" ? null : next })}>
        <div className="tab-content">
          {view === "table" ? <StepsView experiment={e} side={state.side} by={by} rowKeys /> : (
            <Suspense fallback={<LoadingRows rows={12} />}><StepGraphView experiment={e} side={state.side} /></Suspense>
          )}
        </div>
      </Tabs>
    </div>
  );
}
