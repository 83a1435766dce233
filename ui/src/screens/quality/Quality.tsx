import { useParams } from "@tanstack/react-router";
import { useHotkeys } from "../../ui/keys/hotkeys";
import { useTitle } from "../../ui/browser/useTitle";
import { useUrl } from "../../ui/address/useUrl";
import { useExperiment } from "../../net/experiment";
import { useQuality } from "../../net/analytics";
import { ErrorState, LoadingRows } from "../../ui/State";
import { filterErrorOf } from "../../ui/filter/filterError";
import { ScopeBar } from "../../ui/scope/ScopeBar";
import { useScope } from "../../ui/scope/useScope";
import { FactorTable } from "./FactorTable";
import { FeedbackOverTime } from "./FeedbackOverTime";
import { FeedbackNames } from "./FeedbackNames";
import { HowToRate } from "./HowToRate";
import { NegativeTexts } from "./NegativeTexts";
import { RatedSummary } from "./RatedSummary";
import "./quality.css";

/** Negative feedback, and the properties correlated with it. */
export default function Quality() {
  const { e } = useParams({ strict: false }) as { e: string };
  const [search, change] = useUrl();
  const experiment = useExperiment(e);
  const state = useScope(e);
  const { side } = state;
  const quality = useQuality(e, side, search.feedback ?? "");
  const { data, error, isFetching } = quality;
  useTitle("Quality", data?.feedback, experiment.data?.name ?? e);
  useHotkeys({ r: () => void quality.refetch() });

  return (
    <div className="page quality" aria-busy={isFetching}>
      {isFetching && data && <div className="progress-line" />}
      <h1 className="visually-hidden">Quality</h1>
      <ScopeBar state={state} error={error} />
      {error && !filterErrorOf(error) ? (
        <ErrorState error={error} doing="load the feedback" onRetry={() => void quality.refetch()} />
      ) : !data ? (
        quality.isPending && <LoadingRows rows={10} />
      ) : data.names.length === 0 ? (
        <HowToRate narrowed={side.q !== "" || side.range.from !== "all"} onAll={() => change({ q: null, from: "all", to: null })} />
      ) : (
        <div className="quality-body">
          <FeedbackNames names={data.names} chosen={data.feedback} onChoose={(feedback) => change({ feedback })} />
          <div className="stack quality-main">
            <RatedSummary experiment={e} quality={data} side={side} />
            {data.feedback && <FeedbackOverTime experiment={e} name={data.feedback} side={side} onZoom={state.range.zoomTo} />}
            {data.negative_filter !== "" && <FactorTable experiment={e} quality={data} side={side} />}
            {data.negative_filter !== "" && 0 < data.negative && <NegativeTexts experiment={e} quality={data} side={side} />}
          </div>
        </div>
      )}
    </div>
  );
}
