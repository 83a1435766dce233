import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef, useState } from "react";
import { useHotkeys } from "../../keys/hotkeys";
import { previousInTranscript, transcript } from "../../../core/trace/transcript";
import { typeOf } from "../../../core/trace/spanTree";
import type { SpanSelection } from "../useSpanSelection";
import type { TraceModel } from "../useTrace";
import { TranscriptEntry } from "./TranscriptEntry";
import { usePreviews } from "./usePreviews";
import "./transcript.css";

/** The trace as a conversation. Only visible entries are fetched. */
export default function Transcript({ model, selection, onShow }: { model: TraceModel; selection: SpanSelection; onShow?: () => void }) {
  const { tree, row } = model;
  const scroller = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const [withSteps, setWithSteps] = useState(false);
  const items = useMemo(() => transcript(tree, open, withSteps), [tree, open, withSteps]);
  const ids = useMemo(() => items.map((item) => tree.id[item.span]!), [items, tree]);
  const hasToolSpans = useMemo(() => items.some((item) => typeOf(tree, item.span) === "TOOL"), [items, tree]);
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: (at) => (items[at]?.kind === "step" ? 32 : 120),
    overscan: 4,
    getItemKey: (at) => `${items[at]!.kind} ${items[at]!.span}`,
  });
  const shown = virtual.getVirtualItems();
  const preview = usePreviews(row.trace_id, ids, (shown[0]?.index ?? 0) - 5, shown.at(-1)?.index ?? 0);

  const chosen = items.findIndex((item) => item.span === selection.span);
  const go = (by: number) => {
    const next = items[Math.max(0, Math.min(items.length - 1, (chosen < 0 ? -1 : chosen) + by))];
    if (next) selection.select(next.span);
  };
  useHotkeys({ j: () => go(1), k: () => go(-1) });
  useEffect(() => {
    if (0 <= chosen) virtual.scrollToIndex(chosen, { align: "auto" });
  }, [virtual, chosen]);

  const toggle = (span: number) => {
    const next = new Set(open);
    if (!next.delete(span)) next.add(span);
    setOpen(next);
  };
  return (
    <div className="transcript">
      <label className="transcript-tools">
        <input type="checkbox" checked={!withSteps} onChange={(event) => setWithSteps(!event.target.checked)} /> Hide intermediate steps
      </label>
      <div className="transcript-scroll" ref={scroller} tabIndex={0} role="region" aria-label="Transcript">
        <div role="list" aria-label="Transcript" style={{ height: virtual.getTotalSize(), position: "relative" }}>
          {shown.map((place) => {
            const item = items[place.index]!;
            const before = item.kind === "llm" ? previousInTranscript(tree, items, place.index) : null;
            return (
              <div key={place.key} role="listitem" ref={virtual.measureElement} data-index={place.index} className="transcript-place" style={{ transform: `translateY(${place.start}px)` }}>
                <TranscriptEntry
                  item={item}
                  model={model}
                  preview={preview(tree.id[item.span]!)}
                  before={before === null ? undefined : preview(tree.id[before]!)}
                  isFirstCall={before === null}
                  hasToolSpans={hasToolSpans}
                  chosen={place.index === chosen}
                  open={open.has(item.span)}
                  onSelect={() => { selection.select(item.span); onShow?.(); }}
                  onToggle={() => toggle(item.span)}
                />
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}
