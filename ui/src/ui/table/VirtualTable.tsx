import { memo, useId, useMemo, useRef, type KeyboardEvent, type MouseEvent, type ReactNode, type RefObject } from "react";
import type { RowList } from "../../core/pageList";
import { useMedia } from "../browser/useMedia";
import { LoadingRow } from "./LoadingRow";
import type { RowCursor } from "./useRowCursor";
import type { RowSelection } from "./useRowSelection";
import { useVirtualRows } from "./useVirtualRows";
import "./grid.css";

export interface VirtualColumn<T> {
  id: string;
  title: ReactNode;
  /** Width in pixels; `grow` is its share of the remaining width. */
  width: number;
  grow?: number;
  /** The cells are numbers: right-aligned. */
  number?: boolean;
  hint?: string;
  /** The orders that clicks on the title switch between, such as `-cost` and `cost`; absent if the server cannot sort by the column. */
  orders?: readonly [first: string, second: string];
  cell: (row: T) => ReactNode;
}

interface VirtualTableProps<T> {
  label: string;
  list: RowList<T>;
  /** Must keep its identity between renders, as rows are rendered again if it changes; `narrow`, too. */
  columns: VirtualColumn<T>[];
  cursor: RowCursor<T>;
  /** The row that is shown in the pane. */
  opened: string | null;
  onOpen: (key: string) => void;
  /** Opens a row in another tab: middle click, or a click with Ctrl. */
  onOpenTab?: (key: string) => void;
  /** The order of the rows, one of those of a column; the server sorts. */
  sort?: string;
  onSort?: (sort: string) => void;
  /** Total number of rows, if known. */
  total?: number;
  /** Heights of a row in pixels, on wide and narrow screens. */
  heights: { wide: number; narrow: number };
  /** A row on a narrow screen. */
  narrow: (row: T) => ReactNode;
  gridRef: RefObject<HTMLDivElement | null>;
  /** Absent where rows cannot be selected. */
  selection?: RowSelection;
}

const SELECT_WIDTH = 36;

/** A table of any length: pages are loaded as they are scrolled to, and only visible rows are rendered. */
export function VirtualTable<T>({ label, list, columns, cursor, opened, onOpen, onOpenTab, sort, onSort, total, heights, narrow, gridRef, selection }: VirtualTableProps<T>) {
  const isNarrow = useMedia("(max-width: 759px)");
  const rowHeight = isNarrow ? heights.narrow : heights.wide;
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const count = list.length + (list.whole ? 0 : 1);
  const { items, height } = useVirtualRows({ list, count, rowHeight, isNarrow, scroller, cursor });
  const at = cursor.index;
  const selects = selection !== undefined;
  const template = useMemo(() => {
    const widths = columns.map(({ width, grow }) => (grow ? `minmax(${width}px, ${grow}fr)` : `${width}px`));
    return [...(selects ? [`${SELECT_WIDTH}px`] : []), ...widths].join(" ");
  }, [columns, selects]);
  const keyAt = (event: MouseEvent) => (event.target as HTMLElement).closest<HTMLElement>("[data-key]")?.dataset.key;
  const onClick = (event: MouseEvent) => {
    const key = keyAt(event);
    // Links and buttons inside of a row act themselves.
    if (key === undefined || (event.target as HTMLElement).closest("a, button")) return;
    cursor.go(key);
    if (selection && (event.target as HTMLElement).closest("[data-select]")) {
      if (event.shiftKey) selection.extend(key);
      else selection.toggle(key);
      return;
    }
    if (event.ctrlKey || event.metaKey) onOpenTab?.(key);
    else if (!String(getSelection() ?? "").trim()) onOpen(key);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 400) / rowHeight) - 2);
    const moves: Record<string, () => void> = {
      ArrowDown: () => cursor.step(1), ArrowUp: () => cursor.step(-1), PageDown: () => cursor.step(page), PageUp: () => cursor.step(-page),
      Home: cursor.first, End: cursor.last, Enter: () => { if (cursor.key !== null) onOpen(cursor.key); },
      " ": () => { if (cursor.key !== null) selection?.toggle(cursor.key); },
    };
    const run = event.ctrlKey || event.metaKey || event.altKey ? undefined : moves[event.key];
    if (!run || (event.target as HTMLElement).closest("a, button")) return;
    event.preventDefault();
    event.stopPropagation();
    run();
  };

  return (
    <div className="grid-scroll" ref={scroller}>
      <div
        ref={gridRef}
        role="grid"
        className={isNarrow ? "grid narrow" : "grid"}
        aria-label={label}
        aria-rowcount={list.whole ? list.length + 1 : total === undefined ? -1 : total + 1}
        aria-colcount={columns.length + (selects ? 1 : 0)}
        aria-multiselectable={selects || undefined}
        aria-activedescendant={0 <= at ? `${id}-${at}` : undefined}
        tabIndex={0}
        onFocus={(event) => {
          // Only for focus by keyboard: a click moves the cursor itself.
          if (cursor.key === null && event.target === event.currentTarget && event.currentTarget.matches(":focus-visible")) cursor.first();
        }}
        onKeyDown={onKeyDown}
      >
        <div role="rowgroup" className="grid-head">
          <div role="row" aria-rowindex={1} className="grid-row" style={{ gridTemplateColumns: template }}>
            {selects && <div role="columnheader" aria-colindex={1} className="grid-cell checks"><span className="visually-hidden">Selected</span></div>}
            {columns.map((column, index) => <ColumnHeader key={column.id} column={column} index={index + (selects ? 1 : 0)} sort={sort} onSort={onSort} />)}
          </div>
        </div>
        <div
          role="rowgroup"
          className="grid-body"
          style={{ height }}
          onClick={onClick}
          onAuxClick={(event) => {
            const key = keyAt(event);
            if (event.button === 1 && key !== undefined && !(event.target as HTMLElement).closest("a")) onOpenTab?.(key);
          }}
        >
          {items.map((item) => {
            const row = list.row(item.index);
            const key = row && list.key(row);
            return (
              <TableRow
                key={key ?? `at ${item.index}`}
                id={`${id}-${item.index}`}
                row={row}
                rowKey={key}
                index={item.index}
                top={item.start}
                height={rowHeight}
                columns={columns}
                template={template}
                narrow={isNarrow ? narrow : null}
                selected={selection && key !== null ? selection.keys.has(key) : null}
                opened={key !== null && key === opened}
                focused={key !== null && key === cursor.key}
              />
            );
          })}
        </div>
      </div>
    </div>
  );
}

function ColumnHeader<T>({ column: { title, number, hint, orders }, index, sort, onSort }: { column: VirtualColumn<T>; index: number; sort?: string; onSort?: (sort: string) => void }) {
  const sorted = sort !== undefined && orders?.includes(sort) ? (sort.startsWith("-") ? "descending" : "ascending") : undefined;
  return (
    <div role="columnheader" aria-colindex={index + 1} aria-sort={sorted} className={number ? "grid-cell end" : "grid-cell"} title={hint}>
      {orders && onSort ? (
        <button type="button" tabIndex={-1} className="sort ellipsis" onClick={() => onSort(sort === orders[0] ? orders[1] : orders[0])}>
          {title}<span aria-hidden>{sorted === "ascending" ? " ↑" : sorted === "descending" ? " ↓" : ""}</span>
        </button>
      ) : <span className="ellipsis">{title}</span>}
    </div>
  );
}

interface TableRowProps<T> {
  id: string;
  /** `null` while it is loading. */
  row: T | null;
  rowKey: string | null;
  index: number;
  top: number;
  height: number;
  columns: VirtualColumn<T>[];
  template: string;
  narrow: ((row: T) => ReactNode) | null;
  /** `null` where rows cannot be selected. */
  selected: boolean | null;
  opened: boolean;
  focused: boolean;
}

const TableRow = memo(function TableRow<T>({ id, row, rowKey, index, top, height, columns, template, narrow, selected, opened, focused }: TableRowProps<T>) {
  const place = { transform: `translateY(${top}px)`, height, gridTemplateColumns: narrow ? undefined : template };
  if (!row || rowKey === null) return <LoadingRow index={index} style={place} />;
  return (
    <div role="row" id={id} aria-rowindex={index + 2} aria-current={opened ? "true" : undefined} aria-selected={selected ?? undefined} className={focused ? "grid-row focused" : "grid-row"} style={place} data-key={rowKey}>
      {selected !== null && (
        <div role="gridcell" aria-colindex={1} className="grid-cell checks" data-select>
          <input type="checkbox" tabIndex={-1} checked={selected} readOnly aria-label="Select" />
        </div>
      )}
      {narrow ? <div role="gridcell" aria-colindex={selected === null ? 1 : 2} className="grid-cell whole">{narrow(row)}</div>
        : columns.map((column, at) => (
          <div key={column.id} role="gridcell" aria-colindex={at + (selected === null ? 1 : 2)} className={column.number ? "grid-cell end" : "grid-cell"}>{column.cell(row)}</div>
        ))}
    </div>
  );
}) as <T>(props: TableRowProps<T>) => ReactNode;
