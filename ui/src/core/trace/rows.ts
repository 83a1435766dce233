// The rows of the waterfall, after collapsing, folding and filtering.
import type { Fold } from "./folds";
import type { SpanTree } from "./spanTree";

export interface Rows {
  count: number;
  /** A span, or `~first` of a fold. */
  at: Int32Array;
  level: Int32Array;
}

export interface RowState {
  collapsed: ReadonlySet<number>;
  /** First spans of folds that are open. */
  unfolded: ReadonlySet<number>;
  /** Shows only these spans and their ancestors; `null` shows all. */
  only: ReadonlySet<number> | null;
}

export const NOTHING_CHOSEN: RowState = { collapsed: new Set(), unfolded: new Set(), only: null };

export function visibleRows(tree: SpanTree, folds: ReadonlyMap<number, Fold>, state: RowState): Rows {
  return state.only ? filterRows(tree, state.only) : all(tree, folds, state);
}

function all(tree: SpanTree, folds: ReadonlyMap<number, Fold>, { collapsed, unfolded }: RowState): Rows {
  const rows = { count: 0, at: new Int32Array(tree.count + folds.size), level: new Int32Array(tree.count + folds.size) };
  const push = (at: number, level: number) => {
    rows.at[rows.count] = at;
    rows.level[rows.count++] = level;
  };
  // Members of an open fold are one level further in.
  const insideUntil: number[] = [];
  for (let span = 0; span < tree.count; ) {
    while (insideUntil.length && insideUntil.at(-1)! <= span) insideUntil.pop();
    const fold = folds.get(span);
    const level = tree.depth[span]! + insideUntil.length;
    if (fold) {
      push(~span, level);
      if (!unfolded.has(span)) {
        span = fold.end;
        continue;
      }
      insideUntil.push(fold.end);
    }
    push(span, tree.depth[span]! + insideUntil.length);
    span = collapsed.has(span) ? tree.end[span]! : span + 1;
  }
  return rows;
}

function filterRows(tree: SpanTree, only: ReadonlySet<number>): Rows {
  const keep = new Uint8Array(tree.count);
  for (const span of only) {
    for (let at = span; 0 <= at && !keep[at]; at = tree.parent[at]!) keep[at] = 1;
  }
  const rows = { count: 0, at: new Int32Array(tree.count), level: new Int32Array(tree.count) };
  for (let span = 0; span < tree.count; span++) {
    if (!keep[span]) continue;
    rows.at[rows.count] = span;
    rows.level[rows.count++] = tree.depth[span]!;
  }
  return rows;
}

/** The spans and folds that must be expanded for a span to be visible. */
export function rowsToOpen(tree: SpanTree, folds: ReadonlyMap<number, Fold>, state: RowState, span: number): RowState {
  const collapsed = new Set(state.collapsed);
  const unfolded = new Set(state.unfolded);
  for (let at = tree.parent[span]!; 0 <= at; at = tree.parent[at]!) collapsed.delete(at);
  for (const fold of folds.values()) {
    if (fold.first <= span && span < fold.end) unfolded.add(fold.first);
  }
  const changed = collapsed.size !== state.collapsed.size || unfolded.size !== state.unfolded.size;
  return changed ? { ...state, collapsed, unfolded } : state;
}

/** The row of a span or of a fold (`~first`), or -1 if it has none. Uses binary search, as rows are sorted by span. */
export function rowOf(rows: Rows, wanted: number): number {
  let low = 0;
  let high = rows.count - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const here = order(rows.at[middle]!);
    if (here === order(wanted)) return middle;
    if (here < order(wanted)) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

/** Sort key of a row: the row of a fold comes right before its first span. */
function order(at: number): number {
  return at < 0 ? 2 * ~at : 2 * at + 1;
}
