import { useEffect, useMemo, useRef, useState, type MouseEvent } from "react";
import { useThemeName } from "../../browser/useThemeName";
import { duration } from "../../../core/format";
import { spanLook } from "../../../core/spanType";
import { shorten, visible } from "../../../core/text";
import { deepest, flameBoxes, spanAt } from "../../../core/trace/flame";
import { nameOf, typeOf } from "../../../core/trace/spanTree";
import { fitTo, type Zoom } from "../../../core/trace/zoom";
import { useElementWidth } from "../../browser/useElementWidth";
import type { SpanSelection } from "../useSpanSelection";
import type { TraceModel } from "../useTrace";
import { Minimap } from "../waterfall/Minimap";
import "./flame.css";

const ROW = 20;

/** The flame chart: time to the right, depth downwards. Screen readers get the same from the waterfall. */
export default function Flame({ model, selection, zoom, onZoom }: { model: TraceModel; selection: SpanSelection; zoom: Zoom; onZoom: (zoom: Zoom) => void }) {
  const { tree } = model;
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useElementWidth(scroller);
  const theme = useThemeName();
  const depth = useMemo(() => Math.min(deepest(tree), 1500), [tree]);
  const boxes = useMemo(() => (width ? flameBoxes(tree, zoom, width, 0, depth) : []), [tree, zoom, width, depth]);
  const [hovered, setHovered] = useState<number | null>(null);

  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context || !width) return;
    const ratio = devicePixelRatio || 1;
    canvas.current!.width = width * ratio;
    canvas.current!.height = (depth + 1) * ROW * ratio;
    context.scale(ratio, ratio);
    const style = getComputedStyle(canvas.current!);
    const color = (name: string) => style.getPropertyValue(name).trim();
    const colors = new Map<string, string>();
    const [ground, failed, chosen] = [color("--bg"), color("--error"), color("--fg")];
    context.font = `12px ${color("--sans") || "sans-serif"}`;
    context.textBaseline = "middle";
    for (const box of boxes) {
      const name = spanLook(typeOf(tree, box.span)).color;
      if (!colors.has(name)) colors.set(name, color(`--span-${name}`));
      const top = box.depth * ROW;
      context.fillStyle = tree.failed[box.span] ? failed : colors.get(name)!;
      context.fillRect(box.x, top + 1, Math.max(1, box.width - 1), ROW - 2);
      if (box.span === selection.span) {
        context.strokeStyle = chosen;
        context.lineWidth = 2;
        context.strokeRect(box.x + 1, top + 2, Math.max(1, box.width - 3), ROW - 4);
      }
      if (box.width < 36) continue;
      context.save();
      context.beginPath();
      context.rect(box.x, top, box.width - 4, ROW);
      context.clip();
      context.fillStyle = ground;
      context.fillText(`${tree.failed[box.span] ? "✕ " : ""}${shorten(visible(nameOf(tree, box.span)), 80)}`, box.x + 5, top + ROW / 2 + 1);
      context.restore();
    }
  }, [boxes, tree, width, depth, selection.span, theme]);

  const under = (event: MouseEvent) => {
    const box = canvas.current!.getBoundingClientRect();
    return spanAt(boxes, event.clientX - box.left, Math.floor((event.clientY - box.top) / ROW));
  };
  const shown = hovered ?? selection.span;
  return (
    <div className="flame">
      <Minimap tree={tree} zoom={zoom} onZoom={onZoom} />
      <div className="flame-scroll" ref={scroller} tabIndex={0} role="region" aria-label="Flame chart. j and k move between spans; the waterfall has the same as text.">
        <canvas
          ref={canvas}
          role="img"
          aria-label={`${tree.total} spans, ${depth + 1} deep; selected: ${nameOf(tree, selection.span)}`}
          style={{ width: "100%", height: (depth + 1) * ROW }}
          onMouseMove={(event) => setHovered(under(event))}
          onMouseLeave={() => setHovered(null)}
          onClick={(event) => { const span = under(event); if (span !== null) selection.select(span); }}
          onDoubleClick={(event) => {
            const span = under(event);
            if (span !== null) onZoom(fitTo(tree.start[span]!, tree.start[span]! + tree.duration[span]!, tree.durationUs));
          }}
        />
      </div>
      <p className="flame-caption meta ellipsis">
        {tree.count === 0 ? "" : `${shorten(visible(nameOf(tree, shown)), 80)} · ${visible(typeOf(tree, shown))} · ${duration(tree.duration[shown]! / 1000)}, self time ${duration(model.self[shown]! / 1000)} · starts at +${duration(tree.start[shown]! / 1000)}`}
      </p>
    </div>
  );
}
