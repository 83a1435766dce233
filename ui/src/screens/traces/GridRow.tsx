import { memo } from "react";
import { duration } from "../../core/format";
import { visible } from "../../core/text";
import type { TraceRow } from "../../core/types";
import { Outcome, outcomeOf } from "../../ui/Outcome";
import type { Column } from "./columns";
import { cellId, rowId } from "./ids";
import { TraceLink } from "./TraceLink";

interface GridRowProps {
  /** `null` while it is loading. */
  row: TraceRow | null;
  index: number;
  top: number;
  height: number;
  columns: Column[];
  template: string;
  narrow: boolean;
  absolute: boolean;
  /** At least one row of the grid is selected. */
  selecting: boolean;
  selected: boolean;
  opened: boolean;
  focused: boolean;
  focusedColumn: string | null;
}

export const GridRow = memo(function GridRow(props: GridRowProps) {
  const { row, index, top, height, template, narrow, selected, opened, focused } = props;
  const place = { transform: `translateY(${top}px)`, height, gridTemplateColumns: narrow ? undefined : template };
  if (!row) {
    return (
      <div role="row" aria-rowindex={index + 2} aria-busy className="grid-row" style={place}>
        <div role="gridcell" className="grid-cell loading"><span className="bone" style={{ width: `${30 + ((index * 37) % 50)}%` }} /><span className="visually-hidden">Loading</span></div>
      </div>
    );
  }
  return (
    <div
      role="row"
      id={rowId(row.trace_id)}
      aria-rowindex={index + 2}
      aria-selected={selected}
      aria-current={opened ? "true" : undefined}
      className={`grid-row${focused ? " focused" : ""}`}
      style={place}
      data-trace={row.trace_id}
    >
      {narrow ? <TwoLines {...props} row={row} /> : <Cells {...props} row={row} />}
    </div>
  );
});

function Cells({ row, columns, absolute, selected, focusedColumn }: GridRowProps & { row: TraceRow }) {
  return (
    <>
      <div role="gridcell" aria-colindex={1} className="grid-cell checks" data-column="select">
        <input type="checkbox" tabIndex={-1} readOnly checked={selected} aria-label="Select this trace" />
      </div>
      {columns.map((column, at) => (
        <div
          key={column.id}
          id={cellId(row.trace_id, column.id)}
          role="gridcell"
          aria-colindex={at + 2}
          data-column={column.id}
          className={`grid-cell${column.end ? " end" : ""}${focusedColumn === column.id ? " focused" : ""}`}
        >
          {column.cell(row, { absolute })}
        </div>
      ))}
    </>
  );
}

/** A row on a narrow screen: the input, and the output below it. */
function TwoLines({ row, selecting, selected }: GridRowProps & { row: TraceRow }) {
  const below = row.error ? `${row.error.span}: ${row.error.message ?? "failed"}` : row.output;
  return (
    <div role="gridcell" aria-colindex={1} className="two-lines">
      {selecting && (
        <span data-column="select"><input type="checkbox" tabIndex={-1} readOnly checked={selected} aria-label="Select this trace" /></span>
      )}
      <Outcome outcome={outcomeOf(row)} />
      <span className="grow">
        <span className="row"><span className="grow ellipsis"><TraceLink row={row} /></span><span>{duration(row.duration_ms)}</span></span>
        <span className={`ellipsis below${row.error ? " mono error-text" : " muted"}`}>{visible(below ?? "")}</span>
      </span>
    </div>
  );
}
