import { memo, useEffect, useMemo, useRef, useState, type PointerEvent } from "react";
import { spanLook } from "../../../core/spanType";
import { packMinimap } from "../../../core/trace/minimap";
import { typeOf, type SpanTree } from "../../../core/trace/spanTree";
import { fitTo, isWhole, panBy, wholeOf, type Zoom } from "../../../core/trace/zoom";
import { useElementWidth } from "../../browser/useElementWidth";
import { useThemeName } from "../../browser/useThemeName";

const HEIGHT = 40;
const LANES_MAX = 10;
const EDGE_PX = 6;

type Drag = { kind: "select"; from: number } | { kind: "move"; at: number; zoom: Zoom } | { kind: "edge"; fixed: number };

/** The minimap; drag to zoom in, drag the zoomed part to move it. */
export const Minimap = memo(function Minimap({ tree, zoom, onZoom }: { tree: SpanTree; zoom: Zoom; onZoom: (zoom: Zoom) => void }) {
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useElementWidth(box);
  const theme = useThemeName();
  const packed = useMemo(() => packMinimap(tree, Math.max(width, 1), LANES_MAX), [tree, width]);
  const drag = useRef<Drag | null>(null);
  const [selecting, setSelecting] = useState<Zoom | null>(null);

  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context || width === 0) return;
    const ratio = devicePixelRatio || 1;
    canvas.current!.width = width * ratio;
    canvas.current!.height = HEIGHT * ratio;
    context.scale(ratio, ratio);
    const style = getComputedStyle(canvas.current!);
    const colors = new Map<string, string>();
    const color = (name: string) => {
      if (!colors.has(name)) colors.set(name, style.getPropertyValue(name).trim());
      return colors.get(name)!;
    };
    const step = Math.min(6, (HEIGHT - 4) / packed.lanes);
    for (const bar of packed.bars) {
      context.fillStyle = color(tree.failed[bar.span] ? "--error" : `--span-${spanLook(typeOf(tree, bar.span)).color}`);
      context.fillRect(bar.x, 2 + bar.lane * step, bar.width, Math.max(1, step - 1));
    }
  }, [packed, tree, width, theme]);

  const timeAt = (event: PointerEvent) => {
    const { left, width } = box.current!.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - left) / width)) * tree.durationUs;
  };
  const down = (event: PointerEvent) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    const at = timeAt(event);
    const edge = (EDGE_PX / Math.max(width, 1)) * tree.durationUs;
    if (isWhole(zoom, tree.durationUs)) drag.current = { kind: "select", from: at };
    else if (Math.abs(at - zoom.from) < edge) drag.current = { kind: "edge", fixed: zoom.to };
    else if (Math.abs(at - zoom.to) < edge) drag.current = { kind: "edge", fixed: zoom.from };
    else if (zoom.from < at && at < zoom.to) drag.current = { kind: "move", at, zoom };
    else drag.current = { kind: "select", from: at };
  };
  const move = (event: PointerEvent) => {
    const now = drag.current;
    if (!now) return;
    const at = timeAt(event);
    if (now.kind === "select") setSelecting(between(now.from, at));
    else if (now.kind === "edge") onZoom(fitExactly(between(now.fixed, at), tree.durationUs));
    else onZoom(panBy(now.zoom, (at - now.at) / (now.zoom.to - now.zoom.from), tree.durationUs));
  };
  const up = (event: PointerEvent) => {
    if (drag.current?.kind === "select") {
      const chosen = between(drag.current.from, timeAt(event));
      if (tree.durationUs * 0.005 < chosen.to - chosen.from) onZoom(fitExactly(chosen, tree.durationUs));
    }
    drag.current = null;
    setSelecting(null);
  };
  const shown = selecting ?? (isWhole(zoom, tree.durationUs) ? null : zoom);
  const percent = (us: number) => `${(us / Math.max(tree.durationUs, 1)) * 100}%`;

  return (
    <div
      className="minimap"
      ref={box}
      title="Drag to zoom in; double-click to reset"
      onPointerDown={down}
      onPointerMove={move}
      onPointerUp={up}
      onDoubleClick={() => onZoom(wholeOf(tree.durationUs))}
    >
      <canvas ref={canvas} aria-hidden />
      {shown && <div className="minimap-window" style={{ left: percent(shown.from), width: percent(shown.to - shown.from) }} />}
    </div>
  );
});

function between(a: number, b: number): Zoom {
  return { from: Math.min(a, b), to: Math.max(a, b) };
}

function fitExactly({ from, to }: Zoom, durationUs: number): Zoom {
  return to - from < 20 ? fitTo(from, to, durationUs) : { from, to };
}
