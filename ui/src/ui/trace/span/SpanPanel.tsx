import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { visible } from "../../../core/text";
import { nameOf } from "../../../core/trace/spanTree";
import { ErrorState, LoadingRows } from "../../State";
import { Tabs } from "../../Tabs";
import type { SpanTab } from "../params";
import "../../text/text.css";
import { spanQuery } from "../../../net/span";
import type { TraceModel } from "../useTrace";
import { InputOutput } from "./InputOutput";
import { SpanHead } from "./SpanHead";
import "./span.css";

const AssessPanel = lazy(() => import("../assess/AssessPanel"));
const Attributes = lazy(() => import("./Attributes"));
const Events = lazy(() => import("./Events"));
const Raw = lazy(() => import("./Raw"));

/** One span: input, output and all other data. */
export function SpanPanel({ model, span, tab, onTab, compact }: {
  model: TraceModel;
  span: number;
  tab: SpanTab;
  onTab: (tab: SpanTab) => void;
  compact?: boolean;
}) {
  const { tree, row } = model;
  const id = tree.id[span] ?? "";
  const query = useQuery({ ...spanQuery(row.trace_id, id), enabled: id !== "" });
  if (tree.count === 0) return <p className="span-empty muted">The trace has no spans yet.</p>;
  const answer = query.data;
  const counted = (label: string, n: number | undefined) => <>{label}{n ? <span className="muted"> {n}</span> : null}</>;
  const error = tree.error[span] ?? (tree.failed[span] ? answer?.span.status?.message : null);
  const assessed = row.assessments.length;
  const tabs: { id: SpanTab; label: React.ReactNode }[] = [
    { id: "io", label: "Input & output" },
    { id: "attributes", label: counted("Attributes", answer?.span.attributes?.length) },
    { id: "events", label: counted("Events", (answer?.span.events?.length ?? 0) + (answer?.span.links?.length ?? 0)) },
    { id: "assessments", label: counted("Assessments", assessed) },
    { id: "raw", label: "Raw" },
  ];
  return (
    <div className="span-panel" key={id} aria-label={visible(nameOf(tree, span))}>
      <SpanHead model={model} span={span} answer={answer} compact={compact} />
      <Tabs tabs={tabs} chosen={tab} onChoose={onTab} label="Span details">
        <div className="span-tab">
          {error && tab !== "raw" && <ErrorLine text={error} onEvents={tab === "io" && answer?.span.events?.length ? () => onTab("events") : undefined} />}
          <Suspense fallback={<LoadingRows rows={6} height={24} />}>
            {tab === "assessments" ? (
              <AssessPanel model={model} span={span} />
            ) : query.isError ? (
              <ErrorState error={query.error} doing="load the span" onRetry={() => void query.refetch()} />
            ) : !answer ? (
              <LoadingRows rows={6} height={24} />
            ) : tab === "io" ? (
              <InputOutput model={model} span={span} answer={answer} compact={compact} />
            ) : tab === "attributes" ? (
              <Attributes span={answer.span} cut={answer.truncated ?? []} traceId={row.trace_id} spanId={id} experiment={row.experiment_id} />
            ) : tab === "events" ? (
              <Events span={answer.span} />
            ) : tab === "raw" ? (
              <Raw answer={answer} />
            ) : null}
          </Suspense>
        </div>
      </Tabs>
    </div>
  );
}

/** An error such as `TimeoutError: vector store timed out`, with the type highlighted. */
function ErrorLine({ text, onEvents }: { text: string; onEvents?: () => void }) {
  const found = /^([A-Za-z_][\w.]*(?:Error|Exception|Warning|Timeout|Interrupt)): ([\s\S]*)$/.exec(text);
  return (
    <div className="span-error" role="note" aria-label="Error">
      {found ? <><b>{visible(found[1]!)}</b> {visible(found[2]!)}</> : visible(text)}
      {onEvents && <button type="button" className="link" onClick={onEvents}>Stack trace</button>}
    </div>
  );
}
