import { useState } from "react";
import type { RowList } from "../../core/pageList";

/** The row of a virtual table that keys apply to. */
export interface RowCursor<T> {
  key: string | null;
  index: number;
  row: T | null;
  /** Number of moves that the table scrolls to: all but those by the pointer (`go`). */
  moves: number;
  go: (key: string) => void;
  jump: (key: string) => void;
  step: (by: number) => void;
  first: () => void;
  last: () => void;
}

export function useRowCursor<T>(list: RowList<T>): RowCursor<T> {
  const [{ key, moves }, put] = useState<{ key: string | null; moves: number }>({ key: null, moves: 0 });
  const index = key === null ? -1 : list.indexOf(key);
  const jump = (next: string) => put((before) => ({ key: next, moves: before.moves + 1 }));
  const to = (at: number) => {
    const row = list.row(Math.min(Math.max(at, 0), list.length - 1));
    if (row) jump(list.key(row));
  };
  return {
    key, index, moves, row: index < 0 ? null : list.row(index), jump,
    go: (next) => put((before) => ({ ...before, key: next })),
    // A row that has left the list starts again at the first.
    step: (by) => to(index < 0 ? 0 : index + by),
    first: () => to(0),
    last: () => to(list.length - 1),
  };
}
