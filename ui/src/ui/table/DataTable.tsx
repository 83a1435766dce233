import { type ReactNode, useRef } from "react";
import { parseSort, sortRows, type SortValue } from "../../core/sortRows";
import { useRowKeys } from "../keys/useRowKeys";
import { SortHeader } from "./SortHeader";

export interface TableColumn<T> {
  id: string;
  title: ReactNode;
  /** The value that rows are sorted by; a column without it cannot be sorted. */
  value?: (row: T) => SortValue;
  cell: (row: T) => ReactNode;
  /** The cells are numbers: right-aligned, on one line. */
  number?: boolean;
  /** The first click on the title sorts in descending order, which is the default for numbers. */
  largestFirst?: boolean;
  /** The cell is the header of its row. */
  rowHeader?: boolean;
  /** CSS class of the cells and the title, such as `wide-only`. */
  className?: string;
  hint?: string;
}

interface DataTableProps<T> {
  /** The accessible name of the table; alternatively, `labelledBy` is the id of its section's heading. */
  label?: string;
  labelledBy?: string;
  columns: TableColumn<T>[];
  rows: readonly T[];
  rowKey: (row: T) => string;
  /** The order: `-cost` sorts by the column `cost`, the largest first. */
  sort: string;
  onSort: (sort: string) => void;
  /** The server has sorted the rows, as only it has all of them. */
  isSorted?: boolean;
  /** Maximum number of rows; further rows are left out. */
  rowsMax?: number;
  className?: string;
  /** `j`, `k` and the arrows move between the links marked `data-row`. Only one table of a screen can have this. */
  rowKeys?: boolean;
}

/** A table that can be sorted by any column with a value. It scrolls sideways if it is too wide. */
export function DataTable<T>(props: DataTableProps<T>) {
  const { label, labelledBy, columns, rows, rowKey, sort, onSort, isSorted, rowsMax, className, rowKeys = false } = props;
  const body = useRef<HTMLTableSectionElement>(null);
  useRowKeys(body, rowKeys);
  const { column: sortedBy, descending } = parseSort(sort);
  const value = columns.find(({ id }) => id === sortedBy)?.value;
  const sorted = isSorted || !value ? rows : sortRows(rows, value, descending);
  return (
    // A section with a heading is a landmark already.
    <div className="table-scroll" tabIndex={0} role={labelledBy ? "group" : "region"} aria-label={label} aria-labelledby={labelledBy}>
      <table className={className ? `table ${className}` : "table"}>
        <thead>
          <tr>
            {columns.map((column) => column.value ? (
              <SortHeader
                key={column.id} column={column.id} sort={sort} onSort={onSort} number={column.number} largestFirst={column.largestFirst}
                className={column.className} hint={column.hint}
              >
                {column.title}
              </SortHeader>
            ) : (
              <th key={column.id} scope="col" className={classOf(column)} title={column.hint}>{column.title}</th>
            ))}
          </tr>
        </thead>
        <tbody ref={body}>
          {sorted.slice(0, rowsMax).map((row) => (
            <tr key={rowKey(row)}>
              {columns.map((column) => column.rowHeader
                ? <th key={column.id} scope="row" className={classOf(column)}>{column.cell(row)}</th>
                : <td key={column.id} className={classOf(column)}>{column.cell(row)}</td>)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function classOf<T>({ number, className }: TableColumn<T>): string | undefined {
  return [number && "num", className].filter(Boolean).join(" ") || undefined;
}
