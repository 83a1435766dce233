// The minimap: the whole trace, a few pixels high.
import type { SpanTree } from "./spanTree";

export interface MinimapBar {
  span: number;
  lane: number;
  x: number;
  width: number;
}

/** Bars of all spans by depth, with failures last, so that nothing covers them. Narrow bars on the same pixel are merged. */
export function packMinimap(tree: SpanTree, width: number, lanesMax: number): { bars: MinimapBar[]; lanes: number } {
  const bars: MinimapBar[] = [];
  const failed: MinimapBar[] = [];
  const perUs = tree.durationUs ? width / tree.durationUs : 0;
  const taken = new Uint8Array((width + 1) * lanesMax);
  let lanes = 0;
  for (let span = 0; span < tree.count; span++) {
    const lane = Math.min(tree.depth[span]!, lanesMax - 1);
    const x = Math.min(width - 1, Math.max(0, tree.start[span]! * perUs));
    const wide = Math.min(width - x, Math.max(1, tree.duration[span]! * perUs));
    const bar = { span, lane, x, width: wide };
    lanes = Math.max(lanes, lane + 1);
    if (tree.failed[span]) {
      if (wide < 2 && taken[lane * (width + 1) + Math.floor(x)] === 2) continue;
      taken[lane * (width + 1) + Math.floor(x)] = 2;
      failed.push(bar);
      continue;
    }
    if (wide < 2) {
      const pixel = lane * (width + 1) + Math.floor(x);
      if (taken[pixel]) continue;
      taken[pixel] = 1;
    }
    bars.push(bar);
  }
  return { bars: bars.concat(failed), lanes };
}
