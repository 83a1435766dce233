import { useVirtualizer, defaultRangeExtractor } from "@tanstack/react-virtual";
import { useCallback, useEffect, useMemo, useRef, type KeyboardEvent } from "react";
import { positions } from "../../../core/trace/positions";
import { rowOf } from "../../../core/trace/rows";
import { panBy, zoomBy, type Zoom } from "../../../core/trace/zoom";
import { Splitter } from "../../Splitter";
import { useStored } from "../../browser/useStored";
import type { SpanSelection } from "../useSpanSelection";
import type { TraceModel } from "../useTrace";
import { Footer } from "./Footer";
import { Minimap } from "./Minimap";
import { TimeAxis } from "./TimeAxis";
import { treeKeys } from "./treeKeys";
import { useRowHeight } from "./useRowHeight";
import { rowId, WaterfallRow } from "./WaterfallRow";
import "./waterfall.css";

/** The waterfall: the span tree with a time axis. */
export function Waterfall({ model, selection, zoom, onZoom, onFind, onShow, hits, focusFirst }: {
  model: TraceModel;
  selection: SpanSelection;
  zoom: Zoom;
  onZoom: (zoom: Zoom) => void;
  onFind: () => void;
  /** Shows the selected span, where the tree is shown instead of it. */
  onShow?: () => void;
  /** Spans with a search hit. */
  hits: ReadonlySet<number>;
  focusFirst: boolean;
}) {
  const { tree } = model;
  const { rows, active } = selection;
  const scroller = useRef<HTMLDivElement>(null);
  const places = useMemo(() => positions(tree), [tree]);
  const [nameShare, setNameShare] = useStored("trace.names", 0.45);
  const height = useRowHeight();
  const hasTokens = useMemo(() => tree.tokens.some((tokens) => tokens !== null), [tree]);
  const hasCost = useMemo(() => tree.cost.some((cost) => cost !== null), [tree]);
  const activeRow = rowOf(rows, active);

  const virtual = useVirtualizer({
    count: rows.count,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    overscan: 6,
    initialOffset: Math.max(0, activeRow - 8) * height,
    // The active row is always rendered: the tree refers to its id for screen readers.
    rangeExtractor: (range) => {
      const mounted = defaultRangeExtractor(range);
      return activeRow < 0 || mounted.includes(activeRow) ? mounted : [...mounted, activeRow].sort((a, b) => a - b);
    },
  });
  useEffect(() => virtual.measure(), [virtual, height]);
  useEffect(() => {
    if (0 <= activeRow) virtual.scrollToIndex(activeRow, { align: "auto" });
  }, [virtual, activeRow]);
  useEffect(() => {
    if (focusFirst) scroller.current?.focus({ preventScroll: true });
  }, [focusFirst]);

  // Stable callbacks, so that unchanged rows are not rendered again.
  const latest = useRef({ selection, onZoom, onShow });
  useEffect(() => {
    latest.current = { selection, onZoom, onShow };
  });
  const onActivate = useCallback((at: number) => {
    latest.current.selection.activate(at);
    if (0 <= at) latest.current.onShow?.();
  }, []);
  const onOpen = useCallback((at: number, open: boolean) => latest.current.selection.setOpen(at, open), []);
  const onRowZoom = useCallback((next: Zoom) => latest.current.onZoom(next), []);

  const area = useRef<HTMLDivElement>(null);
  useWheel(area, scroller, zoom, onZoom, tree.durationUs);

  return (
    <div className="waterfall" ref={area} data-tokens={hasTokens} data-cost={hasCost} style={{ "--names": `${nameShare * 100}%`, "--row-height": `${height}px` } as React.CSSProperties}>
      <Minimap tree={tree} zoom={zoom} onZoom={onRowZoom} />
      <TimeAxis zoom={zoom} />
      <Splitter label="Width of the names" share={nameShare} onShare={setNameShare} min={0.2} max={0.8} />
      <div
        ref={scroller}
        className="waterfall-rows"
        role="tree"
        aria-label={`Spans of the trace, ${tree.total}`}
        aria-activedescendant={rowId(active)}
        tabIndex={0}
        onKeyDown={(event: KeyboardEvent) => {
          // The browser's search finds only rendered rows, so Ctrl F opens the search of the trace.
          if ((event.ctrlKey || event.metaKey) && event.key === "f") {
            event.preventDefault();
            onFind();
            return;
          }
          if (event.key === "Enter") onShow?.();
          treeKeys(event, selection, tree, Math.floor((scroller.current?.clientHeight ?? 400) / height) - 1);
        }}
      >
        <div role="presentation" style={{ height: virtual.getTotalSize(), position: "relative" }}>
          {virtual.getVirtualItems().map((item) => {
            const at = rows.at[item.index]!;
            const span = at < 0 ? ~at : at;
            return (
              <WaterfallRow
                key={at}
                at={at}
                model={model}
                level={rows.level[item.index]!}
                top={item.start}
                zoom={zoom}
                active={at === active}
                open={selection.isOpen(at)}
                hit={hits.has(span)}
                place={places.place[span]!}
                among={places.among(span)}
                onActivate={onActivate}
                onOpen={onOpen}
                onZoom={onRowZoom}
              />
            );
          })}
        </div>
      </div>
      <Footer model={model} onSelect={onActivate} />
    </div>
  );
}

/** Ctrl and the wheel, or two fingers, zoom around the pointer; Shift and the wheel move sideways. */
function useWheel(
  area: React.RefObject<HTMLElement | null>,
  scroller: React.RefObject<HTMLElement | null>,
  zoom: Zoom,
  onZoom: (zoom: Zoom) => void,
  durationUs: number,
): void {
  const latest = useRef({ zoom, onZoom, durationUs });
  useEffect(() => {
    latest.current = { zoom, onZoom, durationUs };
  });
  useEffect(() => {
    const element = area.current;
    const onWheel = (event: WheelEvent) => {
      const { zoom, onZoom, durationUs } = latest.current;
      const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        const bars = scroller.current?.querySelector(".waterfall-bars")?.getBoundingClientRect();
        if (!bars) return;
        const share = Math.min(1, Math.max(0, (event.clientX - bars.left) / bars.width));
        onZoom(zoomBy(zoom, Math.exp(event.deltaY * 0.002), zoom.from + share * (zoom.to - zoom.from), durationUs));
      } else if (event.shiftKey || Math.abs(event.deltaY) < Math.abs(event.deltaX)) {
        event.preventDefault();
        onZoom(panBy(zoom, sideways / 800, durationUs));
      }
    };
    // React's wheel listeners are passive, so the page would zoom, too.
    element?.addEventListener("wheel", onWheel, { passive: false });
    return () => element?.removeEventListener("wheel", onWheel);
  }, [area, scroller]);
}
