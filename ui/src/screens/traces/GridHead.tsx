import { useRef, type PointerEvent } from "react";
import type { PageList, Row } from "../../core/pageList";
import { clampWidth } from "./columnText";
import { nextOrder, type RowActions } from "./Grid";
import { headId } from "./ids";
import type { Columns } from "./useColumns";
import type { RowSelection } from "../../ui/table/useRowSelection";

/** Column titles: click to sort, drag an edge to resize, drag a title to move. */
export function GridHead<T extends Row>({ columns, template, sort, onSort, list, selection, focused, onResizing, onMenu }: {
  columns: Columns<T>;
  template: string;
  sort: string;
  onSort: (order: string) => void;
  list: PageList<T>;
  selection: RowSelection | null;
  focused: string | null;
  onResizing: (resizing: { id: string; width: number } | null) => void;
  onMenu: RowActions<T>["menu"];
}) {
  const [field, direction] = sort.split(/ (?=\w+$)/);
  const kept = list.kept();
  const all = selection !== null && 0 < kept.length && kept.every((row) => selection.keys.has(list.key(row)));
  const first = selection ? 2 : 1;
  return (
    <div role="rowgroup" className="grid-head">
      <div role="row" aria-rowindex={1} className="grid-row" style={{ gridTemplateColumns: template }}>
        {selection && (
          <div role="columnheader" aria-colindex={1} className="grid-cell checks">
            <input
              type="checkbox"
              tabIndex={-1}
              aria-label="Select all loaded traces"
              checked={all}
              ref={(box) => { if (box) box.indeterminate = !all && 0 < selection.keys.size; }}
              onChange={() => (all ? selection.clear() : selection.set(kept.map(list.key)))}
            />
          </div>
        )}
        {columns.shown.map((column, at) => {
          const sorted = column.sort !== undefined && column.sort === field;
          return (
            <div
              key={column.id}
              id={headId(column.id)}
              role="columnheader"
              aria-colindex={at + first}
              aria-sort={sorted ? (direction === "ASC" ? "ascending" : "descending") : undefined}
              aria-label={column.id === "outcome" ? "Outcome" : undefined}
              className={`grid-cell${column.end ? " end" : ""}${focused === column.id ? " focused" : ""}`}
              draggable
              onDragStart={(event) => event.dataTransfer.setData("text/x-column", column.id)}
              onDragOver={(event) => { if (event.dataTransfer.types.includes("text/x-column")) event.preventDefault(); }}
              onDrop={(event) => columns.place(event.dataTransfer.getData("text/x-column"), column.id)}
              onContextMenu={(event) => { event.preventDefault(); onMenu({ x: event.clientX, y: event.clientY, row: null, columnId: column.id }); }}
            >
              {column.sort ? (
                <button type="button" tabIndex={-1} className="grid-sort ellipsis" title={`Sort by ${column.title.toLowerCase()}`} onClick={() => onSort(nextOrder(column.sort!, sort))}>
                  {column.id === "outcome" ? <span className="visually-hidden">Outcome</span> : column.title}
                  {sorted && <span aria-hidden>{direction === "ASC" ? " ↑" : " ↓"}</span>}
                  {column.id === "outcome" && !sorted && <span aria-hidden>◦</span>}
                </button>
              ) : (
                <span className={column.id === "outcome" ? "visually-hidden" : "ellipsis"}>{column.title}</span>
              )}
              <Edge onResizing={(width) => onResizing({ id: column.id, width })} onDone={(width) => { onResizing(null); columns.resize(column.id, width); }} />
            </div>
          );
        })}
      </div>
    </div>
  );
}

/** The handle that resizes a column by pointer. By keyboard, use Shift with arrows, or the menu. */
function Edge({ onResizing, onDone }: { onResizing: (width: number) => void; onDone: (width: number) => void }) {
  const from = useRef<{ x: number; width: number } | null>(null);
  const widthAt = (event: PointerEvent) => (from.current ? clampWidth(from.current.width + event.clientX - from.current.x) : 0);
  return (
    <span
      className="grid-edge"
      aria-hidden
      draggable
      onDragStart={(event) => { event.preventDefault(); event.stopPropagation(); }}
      onPointerDown={(event) => {
        event.preventDefault();
        event.currentTarget.setPointerCapture(event.pointerId);
        from.current = { x: event.clientX, width: event.currentTarget.parentElement!.getBoundingClientRect().width };
      }}
      onPointerMove={(event) => { if (from.current) onResizing(widthAt(event)); }}
      onPointerUp={(event) => {
        if (from.current && from.current.x !== event.clientX) onDone(widthAt(event));
        from.current = null;
      }}
    />
  );
}
