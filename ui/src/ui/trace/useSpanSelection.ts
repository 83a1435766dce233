import { useMemo, useState } from "react";
import { useQuickParam } from "../address/useQuickParam";
import { NOTHING_CHOSEN, rowsToOpen, rowOf, visibleRows, type RowState, type Rows } from "../../core/trace/rows";
import { nameOf, type SpanTree } from "../../core/trace/spanTree";
import { deepestFailure } from "../../core/trace/walk";
import type { TraceModel } from "./useTrace";

export interface SpanSelection {
  span: number;
  /** The row of the cursor: a span, or `~first` of a fold. */
  active: number;
  rows: Rows;
  select: (span: number) => void;
  activate: (at: number) => void;
  moveRows: (by: number) => void;
  isOpen: (at: number) => boolean;
  setOpen: (at: number, open: boolean) => void;
  setAllOpen: (open: boolean) => void;
}

/** The selected span and the expanded rows. The span is in the address; the default is the origin of a failure. */
export function useSpanSelection({ tree, folds }: TraceModel, onlyName: string | undefined): SpanSelection {
  const [inUrl, setInUrl] = useQuickParam("s");
  const [first] = useState(() => deepestFailure(tree) ?? 0);
  const [initial, setState] = useState<RowState>(NOTHING_CHOSEN);
  const [foldAt, setFoldAt] = useState<number | null>(null);

  const span = tree.indexOf.get(inUrl ?? "") ?? first;
  const onFold = foldAt === span && folds.has(span);
  const state = useMemo(() => openAbove(tree, folds, initial, span, onFold), [tree, folds, initial, span, onFold]);
  const only = useMemo(() => (onlyName ? spansNamed(tree, onlyName) : null), [tree, onlyName]);
  const rows = useMemo(() => visibleRows(tree, folds, { ...state, only }), [tree, folds, state, only]);
  const active = onFold && !only ? ~span : span;

  const activate = (at: number) => {
    const wanted = at < 0 ? ~at : at;
    setFoldAt(at < 0 ? wanted : null);
    setState(openAbove(tree, folds, state, wanted, at < 0));
    setInUrl(tree.id[wanted] ?? null);
  };
  const moveRows = (by: number) => {
    const row = Math.min(rows.count - 1, Math.max(0, rowOf(rows, active) + by));
    if (0 < rows.count) activate(rows.at[row]!);
  };
  const setOpen = (at: number, open: boolean) => {
    if (at < 0) setState({ ...state, unfolded: withMember(state.unfolded, ~at, open) });
    else setState({ ...state, collapsed: withMember(state.collapsed, at, !open) });
    // If the row of the cursor disappears, the cursor moves to the collapsed row.
    const end = at < 0 ? (folds.get(~at)?.end ?? 0) : tree.end[at]!;
    const inside = at < 0 ? ~at <= span && span < end && active !== at : at < span && span < end;
    if (!open && inside) {
      setFoldAt(at < 0 ? ~at : null);
      setInUrl(tree.id[at < 0 ? ~at : at]!);
    }
  };
  const setAllOpen = (open: boolean) => {
    const collapsed = new Set<number>();
    for (let at = 0; !open && at < tree.count; at++) if (0 < tree.depth[at]! && at + 1 < tree.end[at]!) collapsed.add(at);
    setState({ ...state, collapsed, unfolded: new Set(open ? folds.keys() : []) });
    if (!open) {
      // The cursor moves up to the nearest visible ancestor.
      let at = span;
      while (1 < tree.depth[at]!) at = tree.parent[at]!;
      setInUrl(tree.id[at] ?? null);
      setFoldAt(null);
    }
  };
  return {
    span,
    active,
    rows,
    select: activate,
    activate,
    moveRows,
    isOpen: (at) => (at < 0 ? state.unfolded.has(~at) : !state.collapsed.has(at)),
    setOpen,
    setAllOpen,
  };
}

/** The row of a fold requires only its ancestors to be expanded. */
function openAbove(tree: SpanTree, folds: TraceModel["folds"], state: RowState, span: number, onFold: boolean): RowState {
  if (!onFold) return rowsToOpen(tree, folds, state, span);
  const above = tree.parent[span]!;
  return above < 0 ? state : rowsToOpen(tree, folds, { ...state, collapsed: withMember(state.collapsed, above, false) }, above);
}

function spansNamed(tree: SpanTree, name: string): Set<number> {
  const found = new Set<number>();
  for (let span = 0; span < tree.count; span++) if (nameOf(tree, span) === name) found.add(span);
  return found;
}

function withMember(set: ReadonlySet<number>, value: number, there: boolean): Set<number> {
  const next = new Set(set);
  if (there) next.add(value);
  else next.delete(value);
  return next;
}
