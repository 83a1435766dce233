import { lazy, Suspense, useDeferredValue, useRef } from "react";
import { useUrl } from "../address/useUrl";
import { useTitle } from "../browser/useTitle";
import { duration } from "../../core/format";
import { shorten, visible } from "../../core/text";
import { Splitter } from "../Splitter";
import { LoadingRows } from "../State";
import { useElementWidth } from "../browser/useElementWidth";
import { useStored } from "../browser/useStored";
import { FindBar } from "./find/FindBar";
import { useFind } from "./find/useFind";
import { PanelBar } from "./PanelBar";
import { panelOf, tabOf, viewOf, type Panel, type SpanTab, type View } from "./params";
import { SpanPanel } from "./span/SpanPanel";
import { FindContext } from "../text/findContext";
import { TraceHeader } from "./TraceHeader";
import type { TraceViewProps } from "./TraceView";
import { useSpanSelection } from "./useSpanSelection";
import type { TraceModel } from "./useTrace";
import { useTraceKeys } from "./useTraceKeys";
import { useZoom } from "./useZoom";
import { ViewBar } from "./ViewBar";
import { Waterfall } from "./waterfall/Waterfall";

const Transcript = lazy(() => import("./transcript/Transcript"));
const ByName = lazy(() => import("./flame/ByName"));
const Flame = lazy(() => import("./flame/Flame"));
const TraceGraph = lazy(() => import("./graph/TraceGraph"));

/** A pane narrower than this shows either the tree or the span. */
const SINGLE_BELOW_PX = 860;

const SIGNS: Record<string, string> = { OK: "✓", ERROR: "✕", IN_PROGRESS: "◌", STATE_UNSPECIFIED: "" };

export function TraceContent({ model, ...props }: TraceViewProps & { model: TraceModel }) {
  const { row, tree } = model;
  const [search, change] = useUrl();
  const view = viewOf(search);
  const tab = tabOf(search);
  const selection = useSpanSelection(model, search.name);
  const [zoom, setZoom] = useZoom(tree.durationUs);
  const frame = useRef<HTMLDivElement>(null);
  const width = useElementWidth(frame);
  const single = !!props.pane && (width === 0 ? props.layout !== "full" : width < SINGLE_BELOW_PX);
  const panel = panelOf(search);
  const showPanel = (next: Panel) => change({ panel: next === "tree" ? null : next }, { replace: true });
  const showSpan = single ? () => showPanel("span") : undefined;
  const [share, setShare] = useStored(props.pane ? "trace.pane" : "trace.page", 0.46);
  // The span panel is rendered deferred, so that arrow keys stay responsive.
  const shownSpan = useDeferredValue(selection.span);

  useTitle(...(props.pane || props.compact ? [] : [`${SIGNS[row.state]} ${shorten(visible(row.name ?? row.trace_id), 60)} · ${duration(row.duration_ms)}`]));
  const setView = (next: View) => change({ v: next === "waterfall" ? null : next, panel: null });
  const setTab = (next: SpanTab) => change({ tab: next === "io" ? null : next, ...(single && { panel: "span" }) }, { replace: true });
  const find = useFind(model, selection, setTab, showSpan);
  useTraceKeys({ model, selection, zoom, setZoom, setView, setTab, props, find, name: search.name, clearName: () => change({ name: null }), back: single && panel === "span" ? () => showPanel("tree") : undefined });

  return (
    <FindContext value={find.text || null}>
    <div className="trace" ref={frame}>
      <TraceHeader model={model} selection={selection} onAssess={() => setTab("assessments")} {...props} />
      {props.notes}
      {single && <PanelBar model={model} span={selection.span} panel={panel} onPanel={showPanel} />}
      {single && panel === "span" && find.open && <FindBar find={find} model={model} />}
      <div className={single ? "trace-body single" : "trace-body"} style={{ "--left": `${share * 100}%` } as React.CSSProperties}>
        {(!single || panel === "tree") && <section className="trace-left" aria-label="Spans">
          <ViewBar view={view} onView={setView} name={search.name} onClearName={() => change({ name: null })} model={model} selection={selection} onFind={() => find.setOpen(true)} />
          {find.open && <FindBar find={find} model={model} />}
          {view === "waterfall" && (
            <Waterfall model={model} selection={selection} zoom={zoom} onZoom={setZoom} onFind={() => find.setOpen(true)} onShow={showSpan} hits={find.spans} focusFirst={!props.compact} />
          )}
          <Suspense fallback={<LoadingRows height={26} />}>
            {view === "transcript" && <Transcript model={model} selection={selection} onShow={showSpan} />}
            {view === "names" && <ByName model={model} onName={(name) => change({ v: null, name })} />}
            {view === "graph" && <TraceGraph model={model} selection={selection} onShow={showSpan} />}
            {view === "flame" && <Flame model={model} selection={selection} zoom={zoom} onZoom={setZoom} />}
          </Suspense>
        </section>}
        {!single && <Splitter label="Width of the span list" share={share} onShare={setShare} />}
        {(!single || panel === "span") && <section className="trace-right" aria-label="Selected span">
          <SpanPanel model={model} span={shownSpan} tab={tab} onTab={setTab} compact={props.compact} />
        </section>}
      </div>
    </div>
    </FindContext>
  );
}
