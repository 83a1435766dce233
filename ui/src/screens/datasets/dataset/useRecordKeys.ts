import type { RowList } from "../../../core/pageList";
import type { DatasetRecord } from "../../../core/types";
import { useHotkeys } from "../../../ui/keys/hotkeys";
import type { RowCursor } from "../../../ui/table/useRowCursor";
import type { RowSelection } from "../../../ui/table/useRowSelection";

/** Keyboard shortcuts for the records of a dataset. */
export function useRecordKeys({ rows, cursor, selection, add, toggleOnly, refresh, focusRows, focusFilter }: {
  rows: RowList<DatasetRecord>;
  cursor: RowCursor<DatasetRecord>;
  selection: RowSelection;
  add: () => void;
  /** Shows only records without expectations, or all. */
  toggleOnly: () => void;
  refresh: () => void;
  focusRows: () => void;
  focusFilter: () => void;
}): void {
  const step = (by: 1 | -1) => () => {
    focusRows();
    cursor.step(by);
  };
  const onRow = (run: (key: string) => void) => () => { if (cursor.key !== null) run(cursor.key); };
  useHotkeys({
    j: step(1),
    k: step(-1),
    "/": focusFilter,
    n: add,
    x: onRow(selection.toggle),
    X: onRow(selection.extend),
    "Ctrl+a": () => selection.set(Array.from({ length: rows.length }, (_, at) => rows.key(rows.row(at)!))),
    m: toggleOnly,
    r: refresh,
    Escape: selection.clear,
  });
}
