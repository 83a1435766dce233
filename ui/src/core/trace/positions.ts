import type { SpanTree } from "./spanTree";

export interface Positions {
  /** Position of each span among its siblings, from 1. */
  place: Int32Array;
  /** Number of siblings of each span, including itself. */
  among: (span: number) => number;
}

/** The positions that screen readers announce for rows: `2 of 5`. */
export function positions(tree: SpanTree): Positions {
  const place = new Int32Array(tree.count);
  const below = new Int32Array(tree.count + 1);
  for (let span = 0; span < tree.count; span++) place[span] = ++below[tree.parent[span]! + 1]!;
  return { place, among: (span) => below[tree.parent[span]! + 1]! };
}
