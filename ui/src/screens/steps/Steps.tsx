import { useParams } from "@tanstack/react-router";
import { useIsFetching, useQueryClient } from "@tanstack/react-query";
import { useExperiment } from "../../net/experiment";
import { useSteps } from "../../net/steps";
import { useUrl } from "../../ui/address/useUrl";
import { useTitle } from "../../ui/browser/useTitle";
import { useHotkeys } from "../../ui/keys/hotkeys";
import { ScopeBar } from "../../ui/scope/ScopeBar";
import { useScope } from "../../ui/scope/useScope";
import StepsView from "../../ui/steps/StepsView";
import { GroupBySelect } from "./GroupBySelect";

/** What happens inside the traces of an experiment: their spans by name and type. */
export default function Steps() {
  const { e } = useParams({ strict: false }) as { e: string };
  const [search, change] = useUrl();
  const experiment = useExperiment(e);
  const state = useScope(e);
  const by = search.by ?? "";
  const { error } = useSteps(e, state.side, by);
  const isFetching = 0 < useIsFetching({ queryKey: ["steps", e] });
  const queries = useQueryClient();
  useTitle("Steps", experiment.data?.name ?? e);
  useHotkeys({ r: () => void queries.refetchQueries({ queryKey: ["steps", e], type: "active" }) });

  return (
    <div className="page stack" aria-busy={isFetching}>
      {isFetching && <div className="progress-line" />}
      <h1 className="visually-hidden">Steps</h1>
      <ScopeBar state={state} error={error}>
        <GroupBySelect experiment={e} value={by} onChange={(by) => change({ by })} />
      </ScopeBar>
      <StepsView experiment={e} side={state.side} by={by} rowKeys />
    </div>
  );
}
