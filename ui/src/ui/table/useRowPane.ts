import { useEffect, type RefObject } from "react";
import type { PageList } from "../../core/pageList";
import { useHotkeys } from "../keys/hotkeys";
import type { RowCursor } from "./useRowCursor";

/** The pane beside a virtual table that shows one of its rows: the keys of both, and what the pane does when it is closed or moves on. */
export function useRowPane<T>({ list, cursor, grid, opened, onOpen, onOpenTab }: {
  list: PageList<T>;
  cursor: RowCursor<T>;
  grid: RefObject<HTMLDivElement | null>;
  /** The row in the pane. */
  opened: string | null;
  /** Opens a row in the pane, or closes the pane. */
  onOpen: (key: string | null) => void;
  onOpenTab: (key: string) => void;
}) {
  const at = opened === null ? -1 : list.indexOf(opened);
  const neighbour = (step: -1 | 1) => {
    const row = at < 0 ? null : list.row(at + step);
    return row ? () => { cursor.jump(list.key(row)); onOpen(list.key(row)); } : undefined;
  };
  const [previous, next] = [neighbour(-1), neighbour(1)];
  const move = (step: -1 | 1) => () => {
    grid.current?.focus();
    cursor.step(step);
  };
  useHotkeys({
    j: move(1), k: move(-1),
    Enter: () => { if (cursor.key !== null) onOpen(cursor.key); },
    J: () => next?.(), K: () => previous?.(),
    o: () => { const key = cursor.key ?? opened; if (key !== null) onOpenTab(key); },
  });
  // The last loaded row has a neighbour only once the next page is loaded.
  useEffect(() => {
    if (0 <= at) list.need(at, at + 1);
  }, [list, list.version, at]);
  const close = () => {
    // The cursor moves to the row that was open.
    if (opened !== null && 0 <= at && cursor.key === null) cursor.go(opened);
    onOpen(null);
    grid.current?.focus({ preventScroll: true });
  };
  return { close, previous, next };
}
