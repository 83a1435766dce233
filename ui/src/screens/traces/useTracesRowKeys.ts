import { useNavigate } from "@tanstack/react-router";
import { useHotkeys } from "../../ui/keys/hotkeys";
import { toast } from "../../core/toastQueue";
import type { TraceRow } from "../../core/types";
import type { RowActions } from "./Grid";
import { rowMoves } from "./rowMoves";
import { compareSearch } from "./SelectionBar";
import type { Columns } from "./useColumns";
import { HEAD, type Cursor } from "./useCursor";
import type { RowSelection } from "../../ui/table/useRowSelection";

/** Keyboard shortcuts for the row under the cursor, or the selected rows. */
export function useTracesRowKeys({ cursor, selection, actions, rateRows, columns, tag, addToDataset, linkToIssue, sendToReview, next, previous, focus, enabled }: {
  cursor: Cursor<TraceRow>;
  selection: RowSelection;
  actions: RowActions<TraceRow>;
  rateRows: (ids: string[], good: boolean) => void;
  columns: Columns<TraceRow>;
  tag: (ids: string[]) => void;
  addToDataset: (ids: string[]) => void;
  linkToIssue: (ids: string[]) => void;
  sendToReview: (ids: string[]) => void;
  next?: () => void;
  previous?: () => void;
  /** Moves the focus to the table. */
  focus: () => void;
  enabled: boolean;
}): void {
  const navigate = useNavigate();
  const id = cursor.id === HEAD ? null : cursor.id;
  const chosen = 0 < selection.keys.size ? [...selection.keys] : id === null || !cursor.chosen ? [] : [id];
  const compare = () => {
    const ids = [...selection.keys];
    if (2 <= ids.length && ids.length <= 4) void navigate({ to: "/compare", search: compareSearch(ids) as never });
    else toast("Select two to four traces to compare: x selects one");
  };
  const onChosen = (run: (ids: string[]) => void) => () => {
    if (chosen.length) run(chosen);
    else toast("Choose a trace first: j and k move, a click opens one, x selects");
  };
  useHotkeys({
    ...rowMoves({ cursor, actions, columns, next, previous, focus }),
    x: () => { if (id !== null) selection.toggle(id); },
    X: () => { if (id !== null) selection.extend(id); },
    c: compare,
    "+": onChosen((ids) => rateRows(ids, true)),
    "-": onChosen((ids) => rateRows(ids, false)),
    t: onChosen(tag),
    a: onChosen(addToDataset),
    i: onChosen(linkToIssue),
    R: onChosen(sendToReview),
    Escape: () => { if (0 < selection.keys.size) selection.clear(); },
  }, enabled);
}
