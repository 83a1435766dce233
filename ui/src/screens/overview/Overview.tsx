import { useParams } from "@tanstack/react-router";
import { useHotkeys } from "../../ui/keys/hotkeys";
import { useTitle } from "../../ui/browser/useTitle";
import { useUrl } from "../../ui/address/useUrl";
import { joinFilters } from "../../core/joinFilters";
import { useExperiment } from "../../net/experiment";
import { useOverview } from "../../net/analytics";
import { ErrorState, LoadingRows } from "../../ui/State";
import { BySelect } from "./BySelect";
import { EmptyOverview } from "./EmptyOverview";
import { OverviewBody } from "./OverviewBody";
import { filterErrorOf } from "../../ui/filter/filterError";
import { ScopeBar } from "../../ui/scope/ScopeBar";
import { useScope } from "../../ui/scope/useScope";
import { LazySteps, TabsWithSteps } from "../../ui/steps/TabsWithSteps";
import "./overview.css";

/** The overview of an experiment over a time range: metrics, charts and breakdowns. */
export default function Overview() {
  const { e } = useParams({ strict: false }) as { e: string };
  const [search, change] = useUrl();
  const experiment = useExperiment(e);
  const state = useScope(e);
  const { side, range } = state;
  const by = search.by ?? "";
  const overview = useOverview(e, side, by);
  const { data, error, isFetching } = overview;
  useTitle("Overview", experiment.data?.name ?? e);
  useHotkeys({ r: () => void overview.refetch() });

  return (
    <div className="page overview" aria-busy={isFetching}>
      {isFetching && data && <div className="progress-line" />}
      <h1 className="visually-hidden">Overview</h1>
      <ScopeBar state={state} error={error}>
        <BySelect experiment={e} value={by} onChange={(by) => change({ by })} />
      </ScopeBar>
      {error && !filterErrorOf(error) ? (
        <ErrorState error={error} doing="load the overview" onRetry={() => void overview.refetch()} />
      ) : !data ? (
        overview.isPending && <LoadingRows rows={12} height={44} />
      ) : data.figures.traces === 0 ? (
        <EmptyOverview experiment={e} filtered={side.q !== ""} range={range} onClear={() => state.setQ("")} />
      ) : (
        <TabsWithSteps
          label="Overview"
          metrics={
            <OverviewBody
              experiment={e}
              overview={data}
              side={side}
              scope={state.scope}
              by={by}
              onZoom={range.zoomTo}
              onOnly={(filter) => change({ q: joinFilters(side.q, filter), by: null })}
            />
          }
          steps={<LazySteps experiment={e} side={side} />}
        />
      )}
    </div>
  );
}
