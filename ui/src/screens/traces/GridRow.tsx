import { memo, type ReactNode } from "react";
import type { Row } from "../../core/pageList";
import { LoadingRow } from "../../ui/table/LoadingRow";
import type { Column } from "./columns";
import { cellId, rowId } from "./ids";

interface GridRowProps<T> {
  /** `null` while it is loading. */
  row: T | null;
  rowKey: string | null;
  index: number;
  top: number;
  height: number;
  columns: Column<T>[];
  template: string;
  narrow: boolean;
  absolute: boolean;
  /** Rows have a checkbox. */
  selectable: boolean;
  /** At least one row of the grid is selected. */
  selecting: boolean;
  selected: boolean;
  opened: boolean;
  focused: boolean;
  focusedColumn: string | null;
  twoLines: (row: T, box: ReactNode) => ReactNode;
}

export const GridRow = memo(function GridRow<T extends Row>(props: GridRowProps<T>) {
  const { row, rowKey, index, top, height, template, narrow, selectable, selecting, selected, opened, focused, twoLines } = props;
  const place = { transform: `translateY(${top}px)`, height, gridTemplateColumns: narrow ? undefined : template };
  if (!row || rowKey === null) return <LoadingRow index={index} style={place} />;
  return (
    <div
      role="row"
      id={rowId(rowKey)}
      aria-rowindex={index + 2}
      aria-selected={selectable ? selected : undefined}
      aria-current={opened ? "true" : undefined}
      className={`grid-row${focused ? " focused" : ""}`}
      style={place}
      data-key={rowKey}
      data-trace={row.trace_id}
    >
      {narrow ? (
        <div role="gridcell" aria-colindex={1} className="two-lines">
          {twoLines(row, selecting ? <span data-column="select"><SelectBox selected={selected} /></span> : null)}
        </div>
      ) : <Cells {...props} row={row} rowKey={rowKey} />}
    </div>
  );
}) as <T extends Row>(props: GridRowProps<T>) => ReactNode;

function Cells<T>({ row, rowKey, columns, absolute, selectable, selected, focusedColumn }: GridRowProps<T> & { row: T; rowKey: string }) {
  return (
    <>
      {selectable && <div role="gridcell" aria-colindex={1} className="grid-cell checks" data-column="select"><SelectBox selected={selected} /></div>}
      {columns.map((column, at) => (
        <div
          key={column.id}
          id={cellId(rowKey, column.id)}
          role="gridcell"
          aria-colindex={at + (selectable ? 2 : 1)}
          data-column={column.id}
          className={`grid-cell${column.end ? " end" : ""}${focusedColumn === column.id ? " focused" : ""}`}
        >
          {column.cell(row, { absolute })}
        </div>
      ))}
    </>
  );
}

function SelectBox({ selected }: { selected: boolean }) {
  return <input type="checkbox" tabIndex={-1} readOnly checked={selected} aria-label="Select this trace" />;
}
