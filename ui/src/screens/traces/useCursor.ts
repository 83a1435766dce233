import { useState } from "react";
import type { TraceRow } from "../../core/types";
import type { Column } from "./columns";
import type { TraceList } from "./useTraceList";

/** The row of the column titles. */
export const HEAD = "head";

export interface Cursor {
  /** The trace that keyboard shortcuts apply to. It stays the same when new rows arrive. */
  id: string | null;
  index: number;
  row: TraceRow | null;
  /** The selected cell, if any. */
  columnId: string | null;
  go: (id: string, columnId?: string | null) => void;
  step: (by: number) => void;
  stepCell: (by: -1 | 1) => void;
  first: () => void;
  last: () => void;
}

export function useCursor(list: TraceList, columns: Column[]): Cursor {
  const [{ id, columnId }, set] = useState<{ id: string | null; columnId: string | null }>({ id: null, columnId: null });
  const index = id === null || id === HEAD ? -1 : list.indexOf(id);
  const to = (at: number) => {
    const row = list.row(Math.min(Math.max(at, 0), list.length - 1));
    if (row) set({ id: row.trace_id, columnId });
  };
  return {
    id, index, columnId, row: index < 0 ? null : list.row(index),
    go: (next, column = null) => set({ id: next, columnId: column === "select" ? null : column }),
    step: (by) => {
      if (id === HEAD) return 0 < by ? set({ id: list.row(0)?.trace_id ?? HEAD, columnId }) : undefined;
      if (index === 0 && by === -1) return set({ id: HEAD, columnId: columnId ?? columns[0]?.id ?? null });
      to(index + by);
    },
    stepCell: (by) => {
      const at = columns.findIndex((column) => column.id === columnId) + by;
      set({ id: id ?? list.row(0)?.trace_id ?? null, columnId: columns[Math.min(Math.max(at, -1), columns.length - 1)]?.id ?? null });
    },
    first: () => to(0),
    last: () => to(list.length - 1),
  };
}
