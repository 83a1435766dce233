import { lazy, Suspense, type ReactNode } from "react";
import { LoadingRows } from "../State";
import { SidePane } from "../SidePane";
import { useStoredChoice } from "../browser/useStoredChoice";
import { TRACE_LAYOUTS, type TraceLayout } from "./params";

const TraceView = lazy(() => import("./TraceView"));

/** The trace beside a list. */
export function TracePane({ traceId, onClose, onPrevious, onNext, notes }: {
  traceId: string;
  onClose: () => void;
  onPrevious?: () => void;
  onNext?: () => void;
  /** Shown below the header of the trace. */
  notes?: ReactNode;
}) {
  const [layout, setLayout] = useStoredChoice<TraceLayout>("trace.layout", TRACE_LAYOUTS);
  return (
    <SidePane label="Trace" full={layout === "full"}>
      <Suspense fallback={<LoadingRows rows={12} />}>
        <TraceView traceId={traceId} pane layout={layout} onLayout={setLayout} onClose={onClose} onPrevious={onPrevious} onNext={onNext} notes={notes} />
      </Suspense>
    </SidePane>
  );
}
