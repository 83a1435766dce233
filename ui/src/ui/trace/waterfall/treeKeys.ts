import type { KeyboardEvent } from "react";
import type { SpanTree } from "../../../core/trace/spanTree";
import type { SpanSelection } from "../useSpanSelection";

/** Keys of a tree, following the ARIA tree view pattern. */
export function treeKeys(event: KeyboardEvent, selection: SpanSelection, tree: SpanTree, page: number): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  const move: Record<string, () => void> = {
    ArrowDown: () => selection.moveRows(1),
    ArrowUp: () => selection.moveRows(-1),
    PageDown: () => selection.moveRows(page),
    PageUp: () => selection.moveRows(-page),
    Home: () => selection.moveRows(-selection.rows.count),
    End: () => selection.moveRows(selection.rows.count),
    ArrowRight: () => openOrEnter(selection, tree),
    ArrowLeft: () => closeOrLeave(selection, tree),
  };
  const run = move[event.key];
  if (!run) return;
  event.preventDefault();
  run();
}

export function openOrEnter(selection: SpanSelection, tree: SpanTree): void {
  const { active } = selection;
  if (0 <= active && tree.end[active] === active + 1) return;
  if (selection.isOpen(active)) selection.moveRows(1);
  else selection.setOpen(active, true);
}

export function closeOrLeave(selection: SpanSelection, tree: SpanTree): void {
  const { active } = selection;
  const mayClose = active < 0 || active + 1 < tree.end[active]!;
  if (mayClose && selection.isOpen(active)) selection.setOpen(active, false);
  else if (0 <= tree.parent[selection.span]!) selection.select(tree.parent[selection.span]!);
}
