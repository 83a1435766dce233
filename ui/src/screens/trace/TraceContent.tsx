import { useDeferredValue, useRef, useState } from "react";
import { useUrl } from "../../app/useUrl";
import { useTitle } from "../../app/useTitle";
import { duration } from "../../core/format";
import { shorten, visible } from "../../core/text";
import { Splitter } from "../../ui/Splitter";
import { useStored } from "../../ui/useStored";
import { tabOf, viewOf, type SpanTab, type View } from "./params";
import { SpanPanel } from "./span/SpanPanel";
import { TraceHeader } from "./TraceHeader";
import type { TraceViewProps } from "./TraceView";
import { useSelection } from "./useSelection";
import type { TraceModel } from "./useTrace";
import { useTraceKeys } from "./useTraceKeys";
import { useZoom } from "./useZoom";
import { ViewBar } from "./ViewBar";
import { Waterfall } from "./waterfall/Waterfall";

const SIGNS = { OK: "✓", ERROR: "✕", IN_PROGRESS: "◌", STATE_UNSPECIFIED: "" };
const NO_HITS: ReadonlySet<number> = new Set();

export function TraceContent({ model, ...props }: TraceViewProps & { model: TraceModel }) {
  const { row, tree } = model;
  const [search, change] = useUrl();
  const view = viewOf(search);
  const tab = tabOf(search);
  const selection = useSelection(model, search.name);
  const [zoom, setZoom] = useZoom(tree.durationUs);
  const [share, setShare] = useStored(props.pane ? "trace.pane" : "trace.page", 0.46);
  const body = useRef<HTMLDivElement>(null);
  const [finding, setFinding] = useState(false);
  // Arrow keys stay quick: the panel follows when there is time.
  const shownSpan = useDeferredValue(selection.span);

  useTitle(...(props.pane || props.compact ? [] : [`${SIGNS[row.state]} ${shorten(visible(row.name ?? row.trace_id), 60)} · ${duration(row.duration_ms)}`]));
  const setView = (next: View) => change({ v: next === "waterfall" ? null : next });
  const setTab = (next: SpanTab) => change({ tab: next === "io" ? null : next }, { replace: true });
  useTraceKeys({ model, selection, zoom, setZoom, setView, setTab, props, finding, setFinding, name: search.name, clearName: () => change({ name: null }) });

  return (
    <div className="trace">
      <TraceHeader model={model} selection={selection} {...props} />
      <div className="trace-body" ref={body} style={{ "--left": `${share * 100}%` } as React.CSSProperties}>
        <section className="trace-left" aria-label="Spans">
          <ViewBar view={view} onView={setView} name={search.name} onClearName={() => change({ name: null })} model={model} selection={selection} onFind={() => setFinding(true)} />
          {view === "waterfall" && (
            <Waterfall model={model} selection={selection} zoom={zoom} onZoom={setZoom} hits={NO_HITS} focusFirst={!props.compact} />
          )}
        </section>
        <Splitter label="Width of the spans" share={share} onShare={setShare} />
        <section className="trace-right" aria-label="The chosen span">
          <SpanPanel model={model} span={shownSpan} tab={tab} onTab={setTab} compact={props.compact} />
        </section>
      </div>
    </div>
  );
}
