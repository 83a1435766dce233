import { useRef } from "react";
import { count, duration, exact, money, percent } from "../../core/format";
import { MODEL_GROUP } from "../../core/loggedModel";
import { ALL } from "../../core/timeRange";
import type { TraceSummary } from "../../core/types";
import { type Side, useNewestTraces, useSideGroups, useTraffic } from "../../net/analytics";
import { TracesLink } from "../../ui/address/TracesLink";
import type { TimeRangeState } from "../../ui/address/useTimeRange";
import { Button } from "../../ui/Button";
import { TrafficChart } from "../../ui/chart/TrafficChart";
import { FeedbackBadge } from "../../ui/FeedbackBadge";
import { useRowKeys } from "../../ui/keys/useRowKeys";
import { PlainTraceTable } from "../../ui/PlainTraceTable";
import { Property, PropertyList } from "../../ui/PropertyList";
import { ErrorState, LoadingRows } from "../../ui/State";
import { TimeRange } from "../../ui/TimeRange";

const TRACES_MAX = 20;

/** The traces of a version in a time range: metrics, a chart over time, feedback, and the newest ones. */
export function VersionTraffic({ e, side, range }: { e: string; side: Side; range: TimeRangeState }) {
  const { data, error, refetch, isFetching } = useTraffic(e, side);
  const feedback = useSideGroups(e, side, MODEL_GROUP).data?.groups[0]?.feedback ?? [];
  return (
    <section className="stack" aria-labelledby="traffic" aria-busy={isFetching}>
      <div className="row wrap">
        <h2 id="traffic" className="grow">Traffic</h2>
        <TimeRange value={range.text} onChange={range.set} />
        {data && 0 < data.traces && <TracesLink experiment={e} target={{ q: side.q, range: range.text }} className="button">Open in the trace list</TracesLink>}
      </div>
      {error ? <ErrorState error={error} doing="load the traffic" onRetry={() => void refetch()} />
        : !data ? <LoadingRows rows={5} height={44} />
        : data.traces === 0 ? (
          <p className="row wrap">
            <span className="muted">No traces of this version in this time range.</span>
            {range.text.from !== ALL && <Button small onClick={() => range.set({ from: ALL, to: "" })}>All time</Button>}
          </p>
        ) : (
          <>
            <TrafficFigures summary={data} />
            {feedback.length > 0 && <div className="row wrap">{feedback.map((stat) => <FeedbackBadge key={stat.name} stat={stat} />)}</div>}
            <TrafficChart experiment={e} q={side.q} summary={data} onZoom={range.zoomTo} />
            <NewestTraces e={e} side={side} total={data.traces} />
          </>
        )}
    </section>
  );
}

function TrafficFigures({ summary }: { summary: TraceSummary }) {
  const { traces, errors, p50_ms, p95_ms, total_tokens, cost } = summary;
  return (
    <PropertyList>
      <Property name="Traces">{exact(traces)}</Property>
      <Property name="Error rate" look={0 < errors && "error"} title={exact(errors)}>{percent(errors / traces)}</Property>
      <Property name="Duration, p50">{duration(p50_ms)}</Property>
      <Property name="Duration, p95">{duration(p95_ms)}</Property>
      <Property name="Tokens" title={exact(total_tokens)}>{count(total_tokens)} {0 < total_tokens && <span className="meta">{count(total_tokens / traces)} per trace</span>}</Property>
      <Property name="Cost">{money(cost)} {0 < cost && <span className="meta">{money(cost / traces)} per trace</span>}</Property>
    </PropertyList>
  );
}

function NewestTraces({ e, side, total }: { e: string; side: Side; total: number }) {
  const { data, error, refetch } = useNewestTraces(e, side, TRACES_MAX);
  const list = useRef<HTMLDivElement>(null);
  useRowKeys(list);
  return (
    <>
      <h3>Newest traces</h3>
      {error ? <ErrorState error={error} doing="load the traces" onRetry={() => void refetch()} />
        : !data ? <LoadingRows rows={4} />
        : <div ref={list}><PlainTraceTable traces={data.traces} label="Newest traces of the version" /></div>}
      {TRACES_MAX < total && <p className="meta">The newest {TRACES_MAX} of {exact(total)}; the trace list has all of them.</p>}
    </>
  );
}
