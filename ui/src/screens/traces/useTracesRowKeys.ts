import { useNavigate } from "@tanstack/react-router";
import { useHotkeys } from "../../ui/keys/hotkeys";
import { toast } from "../../core/toastQueue";
import type { RowActions } from "./Grid";
import { cellId, headId, rowId } from "./ids";
import { compareSearch } from "./SelectionBar";
import type { Columns } from "./useColumns";
import { HEAD, type Cursor } from "./useCursor";
import type { TraceSelection } from "./useTraceSelection";

/** Keyboard shortcuts for the row under the cursor, or the selected rows. */
export function useTracesRowKeys({ cursor, selection, actions, rateRows, columns, tag, next, previous, focus, enabled }: {
  cursor: Cursor;
  selection: TraceSelection;
  actions: RowActions;
  rateRows: (ids: string[], good: boolean) => void;
  columns: Columns;
  tag: (ids: string[]) => void;
  next?: () => void;
  previous?: () => void;
  /** Moves the focus to the table. */
  focus: () => void;
  enabled: boolean;
}): void {
  const navigate = useNavigate();
  const id = cursor.id === HEAD ? null : cursor.id;
  const chosen = 0 < selection.ids.size ? [...selection.ids] : id === null || !cursor.chosen ? [] : [id];
  const onRow = (run: (id: string) => void) => () => {
    if (id !== null) run(id);
  };
  const compare = () => {
    const ids = [...selection.ids];
    if (2 <= ids.length && ids.length <= 4) void navigate({ to: "/compare", search: compareSearch(ids) as never });
    else toast("Select two to four traces to compare: x selects one");
  };
  const menu = () => {
    const at = id === null ? headId(cursor.columnId) : cursor.columnId ? cellId(id, cursor.columnId) : rowId(id);
    const cell = document.getElementById(at);
    const place = cell?.getBoundingClientRect();
    if (place) actions.menu({ x: place.left + 8, y: place.bottom, row: cursor.row, columnId: cursor.columnId ?? (id === null ? columns.shown[0]?.id ?? null : null) });
  };
  const onChosen = (run: (ids: string[]) => void) => () => {
    if (chosen.length) run(chosen);
    else toast("Choose a trace first: j and k move, a click opens one, x selects");
  };
  useHotkeys({
    j: () => {
      focus();
      if (cursor.id === null) cursor.first();
      else cursor.step(1);
    },
    k: () => {
      focus();
      cursor.step(-1);
    },
    J: () => next?.(),
    K: () => previous?.(),
    o: onRow(actions.openTab),
    x: onRow(selection.toggle),
    X: onRow(selection.extend),
    c: compare,
    "+": onChosen((ids) => rateRows(ids, true)),
    "-": onChosen((ids) => rateRows(ids, false)),
    t: onChosen(tag),
    ".": menu,
    ContextMenu: menu,
    "Shift+F10": menu,
    Escape: () => { if (0 < selection.ids.size) selection.clear(); },
  }, enabled);
}
