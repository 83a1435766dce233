import { useDeferredValue, type ReactNode } from "react";
import { LoadingRows } from "../State";
import { TraceContent } from "./TraceContent";
import { TraceProblem } from "./TraceProblem";
import type { TraceLayout } from "./params";
import { useTrace } from "./useTrace";
import "./trace.css";

export interface TraceViewProps {
  traceId: string;
  /** Shown beside the trace list instead of as a page. */
  pane?: boolean;
  /** Embedded in a notebook: compact and read-only. */
  compact?: boolean;
  layout?: TraceLayout;
  onLayout?: (layout: TraceLayout) => void;
  onClose?: () => void;
  /** Opens the previous or next trace of the list. */
  onPrevious?: () => void;
  onNext?: () => void;
  /** Shown below the header, such as the scores of an evaluation. */
  notes?: ReactNode;
}

/** One trace: its metrics, its spans and their content. */
export default function TraceView(props: TraceViewProps) {
  const trace = useTrace(props.traceId);
  const model = useDeferredValue(trace.model) ?? trace.model;
  if (trace.isError && !model) return <TraceProblem traceId={props.traceId} error={trace.error} onRetry={() => void trace.refetch()} onClose={props.onClose} />;
  if (!model) return <LoadingRows rows={14} height={26} />;
  return (
    <div className="trace-frame" aria-busy={trace.isPlaceholderData}>
      {trace.isPlaceholderData && <div className="progress-line" />}
      <TraceContent key={model.row.trace_id} model={model} {...props} />
    </div>
  );
}
