import { useState } from "react";
import type { PageList, Row } from "../../core/pageList";

/** The cursor's row id for the column titles. */
export const HEAD = "head";

export interface Cursor<T> {
  /** The row that keyboard shortcuts apply to. It stays the same when new rows arrive. */
  id: string | null;
  index: number;
  row: T | null;
  /** The selected cell, if any. */
  columnId: string | null;
  /** The user moved to this row; not set if only the focus arrived there. */
  chosen: boolean;
  /** Number of moves that the list scrolls to: those by keys and `jump`, but not those by the pointer (`go`). */
  moves: number;
  go: (id: string, columnId?: string | null) => void;
  /** Like `go`, but scrolls to the row. */
  jump: (id: string) => void;
  /** Sets the row where keys begin, unless the cursor is on a row. */
  rest: (id: string | undefined) => void;
  step: (by: number) => void;
  stepCell: (by: -1 | 1) => void;
  first: () => void;
  last: () => void;
}

export interface CursorPlace {
  id: string | null;
  columnId: string | null;
  chosen: boolean;
}

const NOWHERE: CursorPlace = { id: null, columnId: null, chosen: false };

/** `initial` is the cursor when the list was left. */
export function useCursor<T extends Row>(list: PageList<T>, columns: { id: string }[], initial: CursorPlace = NOWHERE): Cursor<T> {
  const [{ id, columnId, chosen, moves }, put] = useState({ ...initial, moves: 0 });
  const set = (place: { id: string | null; columnId: string | null }) =>
    put((before) => ({ ...place, chosen: true, moves: before.moves + 1 }));
  const keyAt = (at: number) => {
    const row = list.row(at);
    return row ? list.key(row) : undefined;
  };
  const index = id === null || id === HEAD ? -1 : list.indexOf(id);
  const to = (at: number) => {
    const row = list.row(Math.min(Math.max(at, 0), list.length - 1));
    if (row) set({ id: list.key(row), columnId });
  };
  return {
    id, index, columnId, chosen, moves, row: index < 0 ? null : list.row(index),
    go: (next, column = null) => put((before) => ({ id: next, columnId: column === "select" ? null : column, chosen: true, moves: before.moves })),
    jump: (next) => set({ id: next, columnId: null }),
    rest: (next) => put((before) => (before.id === null && next !== undefined ? { ...before, id: next, columnId: null, chosen: false } : before)),
    step: (by) => {
      if (id === HEAD) return 0 < by ? set({ id: keyAt(0) ?? HEAD, columnId }) : undefined;
      if (index === 0 && by === -1) return set({ id: HEAD, columnId: columnId ?? columns[0]?.id ?? null });
      to(index + by);
    },
    stepCell: (by) => {
      const at = columns.findIndex((column) => column.id === columnId) + by;
      set({ id: id ?? keyAt(0) ?? null, columnId: columns[Math.min(Math.max(at, -1), columns.length - 1)]?.id ?? null });
    },
    first: () => to(0),
    last: () => to(list.length - 1),
  };
}
