import { useDeferredValue } from "react";
import { LoadingRows } from "../State";
import { TraceContent } from "./TraceContent";
import { TraceProblem } from "./TraceProblem";
import { useTrace } from "./useTrace";
import "./trace.css";

export interface TraceViewProps {
  traceId: string;
  /** Beside the list it came from, rather than a page of its own. */
  pane?: boolean;
  /** In a notebook: little room, and nothing to change. */
  compact?: boolean;
  onClose?: () => void;
  /** The trace before and after this one in the list it came from. */
  onPrevious?: () => void;
  onNext?: () => void;
}

/** One trace: its figures, its spans and what each of them said. */
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
