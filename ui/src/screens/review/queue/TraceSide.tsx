import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { duration, exact, plural } from "../../../core/format";
import { shorten, visible } from "../../../core/text";
import { spanQuery } from "../../../net/span";
import { useStoredChoice } from "../../../ui/browser/useStoredChoice";
import { Button } from "../../../ui/Button";
import { Outcome, outcomeOf } from "../../../ui/Outcome";
import { ErrorState, LoadingRows } from "../../../ui/State";
import { Time } from "../../../ui/Time";
import { InputOutput } from "../../../ui/trace/span/InputOutput";
import "../../../ui/trace/span/span.css";
import "../../../ui/trace/trace.css";
import "../../../ui/text/text.css";
import { useSpanSelection } from "../../../ui/trace/useSpanSelection";
import type { TraceModel } from "../../../ui/trace/useTrace";

const Transcript = lazy(() => import("../../../ui/trace/transcript/Transcript"));

const VIEWS = [["io", "Input & output"], ["transcript", "Conversation"]] as const;

/** How traces are shown beside the questions; remembered. */
export function useTraceSideView() {
  return useStoredChoice<"io" | "transcript">("review.view", ["io", "transcript"]);
}

/** The content of the trace: the input and output of its root span, or the whole conversation. */
export function TraceSide({ model }: { model: TraceModel }) {
  const { row, tree } = model;
  const [view, setView] = useTraceSideView();
  return (
    <>
      <div className="row wrap review-trace-head">
        <Outcome outcome={outcomeOf(row)} />
        <h2 className="ellipsis" title={visible(row.name ?? row.trace_id)}>{shorten(visible(row.name ?? "unnamed trace"), 80)}</h2>
        <span className="meta nowrap">{duration(row.duration_ms)} · {plural(tree.total, "span")}{row.total_tokens !== null && ` · ${exact(row.total_tokens)} tokens`} · <Time ms={row.request_time_ms} /></span>
        <span className="grow" />
        <span className="segmented" role="group" aria-label="Show the trace as">
          {VIEWS.map(([id, label]) => <Button key={id} small aria-pressed={view === id} title={`${label} (v)`} onClick={() => setView(id)}>{label}</Button>)}
        </span>
      </div>
      {tree.count === 0 ? <p className="span-empty muted">The trace has no spans.</p>
        : view === "io" ? <RootContent model={model} />
        : <Suspense fallback={<LoadingRows rows={8} />}><Conversation model={model} /></Suspense>}
    </>
  );
}

function RootContent({ model }: { model: TraceModel }) {
  const { row, tree } = model;
  const { data, error, refetch } = useQuery(spanQuery(row.trace_id, tree.id[0]!));
  const failure = tree.error[0];
  return (
    <div className="review-content" tabIndex={0} role="region" aria-label="Input and output">
      {failure && <p className="span-error">{visible(failure)}</p>}
      {error ? <ErrorState error={error} doing="load the trace" onRetry={() => void refetch()} />
        : data ? <InputOutput model={model} span={0} answer={data} compact />
        : <LoadingRows rows={8} height={24} />}
    </div>
  );
}

function Conversation({ model }: { model: TraceModel }) {
  const selection = useSpanSelection(model, undefined);
  return <Transcript model={model} selection={selection} />;
}
