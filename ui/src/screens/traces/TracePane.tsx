import { lazy, Suspense, useEffect, useRef, type KeyboardEvent, type PointerEvent } from "react";
import { LoadingRows } from "../../ui/State";
import { useStored } from "../../ui/browser/useStored";
import { useStoredChoice } from "../../ui/browser/useStoredChoice";
import { TRACE_LAYOUTS, type TraceLayout } from "../../ui/trace/params";

const TraceView = lazy(() => import("../../ui/trace/TraceView"));

/** Width of the pane in percent. */
const SHARE = { initial: 50, min: 30, max: 95 };

/** The trace beside the trace list. */
export function TracePane({ traceId, onClose, onPrevious, onNext }: {
  traceId: string;
  onClose: () => void;
  onPrevious?: () => void;
  onNext?: () => void;
}) {
  const [kept, keep] = useStored("pane", SHARE.initial);
  const share = Math.min(Math.max(kept, SHARE.min), SHARE.max);
  const [layout, setLayout] = useStoredChoice<TraceLayout>("trace.layout", TRACE_LAYOUTS);
  const pane = useRef<HTMLElement>(null);
  const resize = (next: number) => keep(Math.round(Math.min(Math.max(next, SHARE.min), SHARE.max)));
  useEffect(() => {
    // Moves the focus of keyboard users into the pane.
    if (document.activeElement?.getAttribute("role") === "grid") pane.current?.focus();
  }, []);
  const onMove = (event: PointerEvent) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const whole = pane.current!.parentElement!.getBoundingClientRect();
    resize(((whole.right - event.clientX) / whole.width) * 100);
  };
  const onKey = (event: KeyboardEvent) => {
    const step = { ArrowLeft: 2, ArrowRight: -2 }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    resize(share + step);
  };
  return (
    <section className="trace-pane" aria-label="Trace" ref={pane} tabIndex={-1} data-layout={layout} style={{ width: layout === "full" ? "100%" : `${share}%` }}>
      <div
        className="trace-pane-edge"
        role="separator"
        aria-orientation="vertical"
        aria-label="Width of the trace"
        aria-valuenow={share}
        aria-valuemin={SHARE.min}
        aria-valuemax={SHARE.max}
        tabIndex={0}
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={onMove}
        onKeyDown={onKey}
      />
      <Suspense fallback={<LoadingRows rows={12} />}>
        <TraceView traceId={traceId} pane layout={layout} onLayout={setLayout} onClose={onClose} onPrevious={onPrevious} onNext={onNext} />
      </Suspense>
    </section>
  );
}
