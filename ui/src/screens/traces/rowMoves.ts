// Keyboard shortcuts that every list of rows has: they move, open, and show the menu.
import type { RowActions } from "./Grid";
import { cellId, headId, rowId } from "./ids";
import type { Columns } from "./useColumns";
import { HEAD, type Cursor } from "./useCursor";

export function rowMoves<T>({ cursor, actions, columns, next, previous, focus }: {
  cursor: Cursor<T>;
  actions: Pick<RowActions<T>, "openTab" | "menu">;
  columns: Columns<T>;
  /** Open the next or previous row beside the list. */
  next?: () => void;
  previous?: () => void;
  /** Moves the focus to the table. */
  focus: () => void;
}): Record<string, () => void> {
  const id = cursor.id === HEAD ? null : cursor.id;
  const menu = () => {
    const at = id === null ? headId(cursor.columnId) : cursor.columnId ? cellId(id, cursor.columnId) : rowId(id);
    const cell = document.getElementById(at);
    const place = cell?.getBoundingClientRect();
    if (place) actions.menu({ x: place.left + 8, y: place.bottom, row: cursor.row, columnId: cursor.columnId ?? (id === null ? columns.shown[0]?.id ?? null : null) });
  };
  return {
    j: () => {
      focus();
      if (cursor.id === null) cursor.first();
      else cursor.step(1);
    },
    k: () => {
      focus();
      cursor.step(-1);
    },
    J: () => next?.(),
    K: () => previous?.(),
    o: () => {
      if (id !== null) actions.openTab(id);
    },
    ".": menu,
    ContextMenu: menu,
    "Shift+F10": menu,
  };
}
