// Draws the leaf spans of a collapsed row on one line, coloured by type.
import type { Fold } from "./folds";
import type { SpanTree } from "./spanTree";
import type { Zoom } from "./zoom";

export interface StripPiece {
  /** Shares of the line, 0 to 1. */
  from: number;
  to: number;
  /** Index of the type in the tree's strings; -1 where a span failed. */
  type: number;
}

const STEPS = 96;

export function strip(tree: SpanTree, { first, end }: Pick<Fold, "first" | "end">, zoom: Zoom): StripPiece[] {
  const perUs = STEPS / (zoom.to - zoom.from);
  const line = new Int32Array(STEPS).fill(-2);
  for (let span = first; span < end; span++) {
    if (tree.end[span]! !== span + 1) continue;
    const from = Math.floor((tree.start[span]! - zoom.from) * perUs);
    const to = Math.ceil((tree.start[span]! + tree.duration[span]! - zoom.from) * perUs);
    const type = tree.failed[span] ? -1 : tree.type[span]!;
    for (let step = Math.max(from, 0); step < Math.min(Math.max(to, from + 1), STEPS); step++) {
      if (line[step] !== -1) line[step] = type;
    }
  }
  const pieces: StripPiece[] = [];
  for (let step = 0; step < STEPS; step++) {
    const type = line[step]!;
    if (type === -2) continue;
    const last = pieces.at(-1);
    if (last && last.type === type && Math.abs(last.to * STEPS - step) < 0.5) last.to = (step + 1) / STEPS;
    else pieces.push({ from: step / STEPS, to: (step + 1) / STEPS, type });
  }
  return pieces;
}
