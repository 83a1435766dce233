// Spans as boxes: time to the right, depth downwards.
import type { SpanTree } from "./spanTree";
import type { Zoom } from "./zoom";

export interface FlameBox {
  span: number;
  x: number;
  width: number;
  depth: number;
}

/** The boxes in the visible area. Of boxes narrower than a pixel, only one per pixel is returned. */
export function flameBoxes(tree: SpanTree, zoom: Zoom, width: number, depthFrom: number, depthTo: number): FlameBox[] {
  const boxes: FlameBox[] = [];
  const perUs = width / (zoom.to - zoom.from);
  const lastPixel = new Map<number, number>();
  for (let span = 0; span < tree.count; span++) {
    const depth = tree.depth[span]!;
    if (depth < depthFrom || depthTo < depth) continue;
    const from = (tree.start[span]! - zoom.from) * perUs;
    const to = from + tree.duration[span]! * perUs;
    if (to < 0 || width < from) continue;
    const x = Math.max(from, 0);
    const wide = Math.max(Math.min(to, width) - x, 1);
    if (wide < 1.5 && !tree.failed[span]) {
      const pixel = Math.floor(x);
      if (lastPixel.get(depth) === pixel) continue;
      lastPixel.set(depth, pixel);
    }
    boxes.push({ span, x, width: wide, depth });
  }
  return boxes;
}

export function deepest(tree: SpanTree): number {
  let depth = 0;
  for (let span = 0; span < tree.count; span++) depth = Math.max(depth, tree.depth[span]!);
  return depth;
}

/** The span drawn at a position; the nearest one if several are narrow. */
export function spanAt(boxes: FlameBox[], x: number, depth: number): number | null {
  let best: FlameBox | null = null;
  for (const box of boxes) {
    if (box.depth !== depth) continue;
    const far = (it: FlameBox) => Math.max(it.x - x, x - it.x - it.width, 0);
    if (far(box) <= 3 && (best === null || far(box) < far(best))) best = box;
  }
  return best?.span ?? null;
}
