import { useEffect, useRef, useState, type ReactNode } from "react";
import { searchedText, withCondition } from "../../../core/filter/edit";
import { duration } from "../../../core/format";
import type { PageList } from "../../../core/pageList";
import { visible } from "../../../core/text";
import { toast } from "../../../core/toastQueue";
import type { FoundSpan } from "../../../core/types";
import { readSpanSummary } from "../../../net/spans";
import { useUrl } from "../../../ui/address/useUrl";
import { copyText } from "../../../ui/CopyButton";
import { useHotkeys } from "../../../ui/keys/hotkeys";
import { MenuAt, type MenuItems } from "../../../ui/Menu";
import { Outcome } from "../../../ui/Outcome";
import { filterItems } from "../cellMenu";
import { Grid, type RowActions } from "../Grid";
import { headMenu } from "../headMenu";
import { cellId } from "../ids";
import type { LeftList } from "../listMemory";
import { ListRows } from "../ListRows";
import { NoRows, type RowCounter } from "../NoRows";
import { rowMoves } from "../rowMoves";
import { TracePane } from "../../../ui/trace/TracePane";
import type { Columns } from "../useColumns";
import { HEAD, useCursor } from "../useCursor";
import type { TracesScope } from "../useTracesScope";
import { spanOutcome } from "./spanColumns";
import { spanFilters } from "./spanFilters";
import { ofSpanKey, spanKey } from "./spanKey";
import { SpanLink } from "./SpanLink";

const COUNTER: RowCounter = {
  unit: "span",
  key: "spans/summary",
  read: async (scope, signal) => {
    const { spans, newest_ms } = await readSpanSummary(scope, 1, signal);
    return { count: spans, newest_ms };
  },
};

/** The table of spans with its cursor and menus, and the trace of one of them beside it. */
export function SpanTable({ list, traces, columns, recalled, remember, absolute }: {
  list: PageList<FoundSpan>;
  traces: TracesScope;
  columns: Columns<FoundSpan>;
  /** The state of the list when the user left it, if they came back to it. */
  recalled: LeftList<FoundSpan> | null;
  remember: (state: LeftList<FoundSpan>) => void;
  absolute: boolean;
}) {
  const { scope } = traces;
  const [url, change] = useUrl();
  const scroller = useRef<HTMLDivElement>(null);
  const gridRef = useRef<HTMLDivElement>(null);
  const scrollTop = useRef(recalled?.scrollTop ?? 0);
  const cursor = useCursor(list, columns.shown, recalled?.cursor);
  const [menu, setMenu] = useState<{ x: number; y: number; items: MenuItems } | null>(null);
  // The pane may show another span of the trace meanwhile.
  const [lastOpened, setLastOpened] = useState<string | null>(null);
  const inAddress = url.t ? spanKey({ trace_id: url.t, span_id: url.s ?? "" }) : null;
  const isOpened = (key: string | null) => key !== null && ofSpanKey(key).trace_id === url.t;
  const opened = inAddress !== null && list.indexOf(inAddress) < 0 && isOpened(lastOpened) ? lastOpened : inAddress;

  const open = (key: string) => {
    const { trace_id, span_id } = ofSpanKey(key);
    setLastOpened(key);
    change({ t: trace_id, s: span_id, find: searchedText(scope.q) }, { replace: url.t !== undefined });
  };
  const close = () => {
    // Keys continue at the span that was open.
    if (cursor.id === null && opened !== null && 0 <= list.indexOf(opened)) cursor.go(opened);
    change({ t: null, s: null, find: null });
    gridRef.current?.focus({ preventScroll: true });
  };
  const openTab = (key: string) => {
    const { trace_id, span_id } = ofSpanKey(key);
    window.open(new URL(`../../t/${encodeURIComponent(trace_id)}?s=${span_id}`, location.href), "_blank", "noopener");
  };
  useEffect(() => {
    remember({
      list, now: traces.now, cursor: { id: cursor.id, columnId: cursor.columnId, chosen: cursor.chosen }, selected: [],
      get scrollTop() { return scrollTop.current; },
    });
  });
  const add = (condition: string) => traces.setQ(withCondition(scope.q, condition));
  const showMenu: RowActions<FoundSpan>["menu"] = ({ x, y, row, columnId }) => {
    const items = row ? spanMenu(columnId, row, { add, open, openTab }) : columnId ? headMenu(columnId, columns, () => undefined) : [];
    if (items.length) setMenu({ x, y, items });
  };
  const actions: RowActions<FoundSpan> = {
    open, openTab, menu: showMenu,
    filterBy: (columnId, row, leaveOut) => {
      const filter = spanFilters(columnId, row)[0];
      if (filter) add(leaveOut ? filter.drop : filter.keep);
      return filter !== undefined;
    },
  };
  const neighbour = (step: -1 | 1) => {
    const at = opened === null ? -1 : list.indexOf(opened);
    const row = at < 0 ? null : list.row(at + step);
    return row ? () => { cursor.jump(spanKey(row)); open(spanKey(row)); } : undefined;
  };
  useHotkeys(rowMoves({ cursor, actions, columns, next: neighbour(1), previous: neighbour(-1), focus: () => gridRef.current?.focus() }));

  const empty = list.whole && list.length === 0;
  return (
    <>
      <ListRows list={list} unit="spans" empty={empty && <NoRows traces={traces} counter={COUNTER} />}>
        <Grid
          label="Spans" list={list} columns={columns} sort="" onSort={() => undefined} cursor={cursor} selection={null}
          opened={opened} absolute={absolute} actions={actions} scroller={scroller} gridRef={gridRef}
          scrollTop={recalled?.list === list ? recalled.scrollTop : 0} onScroll={(top) => { scrollTop.current = top; }}
          twoLines={spanLines}
        />
      </ListRows>
      {url.t !== undefined && <TracePane traceId={url.t} onClose={close} onPrevious={neighbour(-1)} onNext={neighbour(1)} />}
      {menu && <MenuAt {...menu} label={cursor.id === HEAD ? "Column" : "Cell"} onClose={() => setMenu(null)} onClosed={() => gridRef.current?.focus()} />}
    </>
  );
}

/** Actions on a cell and its span. */
function spanMenu(columnId: string | null, row: FoundSpan, does: {
  add: (condition: string) => void;
  open: (key: string) => void;
  openTab: (key: string) => void;
}): MenuItems {
  const key = spanKey(row);
  const filters = filterItems(columnId ? spanFilters(columnId, row) : [], does.add);
  const cellText = columnId ? document.getElementById(cellId(key, columnId))?.textContent ?? "" : "";
  const copy = async (text: string, what: string) => {
    if (await copyText(text)) toast(`${what} copied`);
  };
  return [
    ...filters,
    ...(filters.length ? [null] : []),
    { label: "Open its trace here", end: "Enter", run: () => does.open(key) },
    { label: "Open in a new tab", end: "o", run: () => does.openTab(key) },
    null,
    { label: "Copy the cell", disabled: !cellText, run: () => void copy(cellText, "Text") },
    { label: "Copy the span id", run: () => void copy(row.span_id, "Id") },
    { label: "Copy the trace id", run: () => void copy(row.trace_id, "Id") },
  ];
}

/** A span on a narrow screen: name and duration, and what is known of it below. */
function spanLines(row: FoundSpan, box: ReactNode) {
  const below = row.error ?? [row.model, row.trace_name, row.session].filter(Boolean).join(" · ");
  return (
    <>
      {box}
      <Outcome outcome={spanOutcome(row)} />
      <span className="grow">
        <span className="row"><span className="grow ellipsis"><SpanLink row={row} /></span><span>{duration(row.duration_ms)}</span></span>
        <span className={`ellipsis below${row.error ? " mono error-text" : " muted"}`}>{visible(below)}</span>
      </span>
    </>
  );
}
