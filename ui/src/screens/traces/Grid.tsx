import { useMemo, useState, type KeyboardEvent, type MouseEvent, type ReactNode, type RefObject } from "react";
import type { PageList, Row } from "../../core/pageList";
import { useMedia } from "../../ui/browser/useMedia";
import { GridHead } from "./GridHead";
import { GridRow } from "./GridRow";
import { cellId, headId, rowId } from "./ids";
import { HEAD, type Cursor } from "./useCursor";
import type { Columns } from "./useColumns";
import type { RowSelection } from "../../ui/table/useRowSelection";
import { useVirtualRows } from "../../ui/table/useVirtualRows";
import "../../ui/table/grid.css";

/** Actions on a row. */
export interface RowActions<T> {
  open: (id: string) => void;
  openTab: (id: string) => void;
  filterBy: (columnId: string, row: T, leaveOut: boolean) => boolean;
  menu: (place: { x: number; y: number; row: T | null; columnId: string | null }) => void;
}

/** Maximum number of rows; more would be slow in some browsers. */
const ROWS_MAX = 300_000;
const ABSOLUTE_TIME_PX = 150;

/** Rows as a grid of any length; only visible ones are rendered. */
export function Grid<T extends Row>({ label, list, columns, sort, onSort, cursor, selection, opened, absolute, actions, scroller, gridRef, scrollTop, onScroll, twoLines }: {
  label: string;
  list: PageList<T>;
  columns: Columns<T>;
  sort: string;
  onSort: (order: string) => void;
  cursor: Cursor<T>;
  /** `null` where rows cannot be selected. */
  selection: RowSelection | null;
  /** The row shown in the pane. */
  opened: string | null;
  absolute: boolean;
  actions: RowActions<T>;
  scroller: RefObject<HTMLDivElement | null>;
  gridRef: RefObject<HTMLDivElement | null>;
  /** Initial scroll position in pixels. */
  scrollTop: number;
  onScroll: (scrollTop: number) => void;
  /** A row on a narrow screen; `box` is its checkbox, if there is one. */
  twoLines: (row: T, box: ReactNode) => ReactNode;
}) {
  const narrow = useMedia("(max-width: 759px)");
  const coarse = useMedia("(pointer: coarse)");
  const rowHeight = narrow ? 56 : coarse ? 44 : 32;
  const known = Math.min(list.length, ROWS_MAX);
  const more = !list.whole && known < ROWS_MAX;
  const count = known + (more ? 1 : 0);
  const [resizing, setResizing] = useState<{ id: string; width: number } | null>(null);

  const { items, height } = useVirtualRows({ list, count, rowHeight, isNarrow: narrow, scrollTop, scroller, cursor });
  const selects = selection !== null;
  const template = useMemo(() => templateOf(columns, resizing, absolute, selects), [columns, resizing, absolute, selects]);
  const cellAt = (event: MouseEvent) => {
    const cell = (event.target as HTMLElement).closest<HTMLElement>("[data-column]");
    const row = (event.target as HTMLElement).closest<HTMLElement>("[data-key]");
    const index = row ? list.indexOf(row.dataset.key!) : -1;
    return { columnId: cell?.dataset.column ?? null, row: 0 <= index ? list.row(index) : null };
  };
  const onClick = (event: MouseEvent) => {
    const { row, columnId } = cellAt(event);
    if (!row) return;
    const key = list.key(row);
    cursor.go(key, columnId);
    if (columnId === "select") {
      if (event.shiftKey) selection?.extend(key);
      else selection?.toggle(key);
      return;
    }
    if ((event.altKey || event.shiftKey) && columnId) {
      event.preventDefault();
      if (actions.filterBy(columnId, row, event.shiftKey)) return;
    }
    if (event.ctrlKey || event.metaKey) {
      // Links handle clicks with modifiers themselves.
      if (!(event.target as HTMLElement).closest("a")) actions.openTab(key);
      return;
    }
    if (!String(getSelection() ?? "").trim()) actions.open(key);
  };
  const onContextMenu = (event: MouseEvent) => {
    const { row, columnId } = cellAt(event);
    if (!row) return;
    event.preventDefault();
    cursor.go(list.key(row), columnId);
    actions.menu({ x: event.clientX, y: event.clientY, row, columnId });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 400) / rowHeight) - 2);
    const steps: Record<string, () => void> = {
      ArrowDown: () => cursor.step(1), ArrowUp: () => cursor.step(-1),
      ArrowRight: () => (event.shiftKey && cursor.id === HEAD ? widen(1) : cursor.stepCell(1)),
      ArrowLeft: () => (event.shiftKey && cursor.id === HEAD ? widen(-1) : cursor.stepCell(-1)),
      PageDown: () => cursor.step(page), PageUp: () => cursor.step(-page),
      Home: () => cursor.first(), End: () => cursor.last(),
      " ": () => { if (cursor.id && cursor.id !== HEAD) selection?.toggle(cursor.id); },
      Enter: () => { if (cursor.id) actions.open(cursor.id); },
    };
    if (cursor.id === HEAD) {
      steps.Enter = () => {
        const column = columns.shown.find((one) => one.id === cursor.columnId);
        if (column?.sort) onSort(nextOrder(column.sort, sort));
      };
    }
    if (selection && event.key === "a" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      return selection.set(list.kept().map(list.key));
    }
    const run = event.ctrlKey || event.metaKey || event.altKey ? undefined : steps[event.key];
    if (!run) return;
    event.preventDefault();
    event.stopPropagation();
    run();
  };
  const widen = (step: -1 | 1) => {
    const column = columns.shown.find((one) => one.id === cursor.columnId);
    if (column) columns.resize(column.id, (column.chosen ?? column.width) + step * 16);
  };
  const focusId = cursor.id === HEAD ? headId(cursor.columnId)
    : cursor.id ? (cursor.columnId && !narrow ? cellId(cursor.id, cursor.columnId) : rowId(cursor.id)) : undefined;

  return (
    <div className="grid-scroll" ref={scroller} onScroll={(event) => onScroll(event.currentTarget.scrollTop)}>
      <div
        ref={gridRef}
        role="grid"
        className={narrow ? "grid narrow" : "grid"}
        aria-label={label}
        aria-rowcount={more ? -1 : count + 1}
        aria-colcount={columns.shown.length + (selection ? 1 : 0)}
        aria-multiselectable={selection !== null || undefined}
        aria-activedescendant={focusId}
        tabIndex={0}
        onFocus={(event) => {
          // Only for focus by keyboard: a click also focuses the grid, but moves the cursor itself.
          if (!event.currentTarget.matches(":focus-visible")) return;
          const inSight = Math.ceil((scroller.current?.scrollTop ?? 0) / rowHeight);
          const row = list.row(Math.min(inSight, list.length - 1));
          if (row) cursor.rest(list.key(row));
        }}
        onKeyDown={onKeyDown}
      >
        <GridHead
          columns={columns} template={template} sort={sort} onSort={onSort} list={list} selection={selection}
          focused={cursor.id === HEAD ? cursor.columnId : null} onResizing={setResizing} onMenu={actions.menu}
        />
        <div
          role="rowgroup"
          className="grid-body"
          style={{ height }}
          onClick={onClick}
          onAuxClick={(event) => {
            const { row } = cellAt(event);
            if (event.button === 1 && row && !(event.target as HTMLElement).closest("a")) actions.openTab(list.key(row));
          }}
          onContextMenu={onContextMenu}
        >
          {items.map((item) => {
            const row = list.row(item.index);
            const key = row && list.key(row);
            return (
              <GridRow
                key={key ?? `at ${item.index}`}
                row={row}
                rowKey={key}
                index={item.index}
                top={item.start}
                height={rowHeight}
                columns={columns.shown}
                template={template}
                narrow={narrow}
                absolute={absolute}
                selectable={selection !== null}
                selecting={selection !== null && 0 < selection.keys.size}
                selected={key !== null && selection !== null && selection.keys.has(key)}
                opened={key !== null && key === opened}
                focused={key !== null && key === cursor.id}
                focusedColumn={key !== null && key === cursor.id ? cursor.columnId : null}
                twoLines={twoLines}
              />
            );
          })}
        </div>
      </div>
      {ROWS_MAX <= list.length && <p className="grid-end">These are the newest {ROWS_MAX.toLocaleString("en-US")}. Narrow the filter or the time range to see others.</p>}
    </div>
  );
}

export function nextOrder(field: string, order: string): string {
  return order === `${field} DESC` ? `${field} ASC` : `${field} DESC`;
}

function templateOf<T>(columns: Columns<T>, resizing: { id: string; width: number } | null, absolute: boolean, selects: boolean): string {
  const widths = columns.shown.map((column) => {
    const chosen = resizing?.id === column.id ? resizing.width : column.chosen;
    if (chosen) return `${chosen}px`;
    if (column.id === "time" && absolute) return `${ABSOLUTE_TIME_PX}px`;
    return column.grow ? `minmax(${column.width}px, ${column.grow}fr)` : `${column.width}px`;
  });
  return [...(selects ? ["36px"] : []), ...widths].join(" ");
}
