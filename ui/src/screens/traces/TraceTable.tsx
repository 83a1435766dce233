import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { useUrl } from "../../ui/address/useUrl";
import { searchedText, withCondition } from "../../core/filter/edit";
import { onVerdictsChanged } from "../../net/feedbackSettings";
import { pressThumb } from "../../net/pressThumb";
import { queryClient } from "../../net/queryClient";
import { readRows } from "../../net/traces";
import type { TraceRow } from "../../core/types";
import { MenuAt, type MenuItems } from "../../ui/Menu";
import type { Target } from "../../ui/curate/target";
import { copyText } from "../../ui/CopyButton";
import { toast } from "../../core/toastQueue";
import { cellFilters } from "./cellFilters";
import { cellMenu } from "./cellMenu";
import { Grid, type RowActions } from "./Grid";
import { headMenu } from "./headMenu";
import type { LeftList } from "./listMemory";
import { cellId } from "./ids";
import { ListRows } from "./ListRows";
import { NoRows } from "./NoRows";
import { SelectionBar, type BulkAction } from "./SelectionBar";
import { traceLines } from "./TraceLines";
import { TracePane } from "../../ui/trace/TracePane";
import type { Columns } from "./useColumns";
import { HEAD, useCursor } from "./useCursor";
import { useCatchUp, useLiveRows } from "./useLiveRows";
import { useTracesRowKeys } from "./useTracesRowKeys";
import type { TracesScope } from "./useTracesScope";
import { useRowSelection } from "../../ui/table/useRowSelection";
import { updateRows, type TraceList } from "./useRowList";

const Bulk = lazy(() => import("./bulk/Bulk"));

/** Maximum number of rows that are refetched after verdicts have changed. */
const REREAD_MAX = 2000;

interface Floating {
  x: number;
  y: number;
  items: MenuItems;
}

/** The table of traces with its cursor, selection, menus, live updates, and the trace pane. */
export function TraceTable({ list, traces, columns, order, newestFirst, onSort, live, recalled, remember, absolute, matching }: {
  list: TraceList;
  traces: TracesScope;
  columns: Columns<TraceRow>;
  order: string;
  newestFirst: boolean;
  onSort: (order: string) => void;
  live: boolean;
  /** The state of the list when the user left it, if they came back to it. */
  recalled: LeftList<TraceRow> | null;
  remember: (state: LeftList<TraceRow>) => void;
  absolute: boolean;
  /** Number of matching traces, if known. */
  matching: number | null;
}) {
  const { scope, refresh } = traces;
  const [url, change] = useUrl();
  const opened = url.t ?? null;
  const scroller = useRef<HTMLDivElement>(null);
  const gridRef = useRef<HTMLDivElement>(null);
  const scrollTop = useRef(recalled?.scrollTop ?? 0);
  const cursor = useCursor(list, columns.shown, recalled?.cursor);
  const selection = useRowSelection(list, JSON.stringify([scope.experiment, scope.q, traces.range]), recalled?.selected);
  // The selection of all matching traces is valid for the current list only.
  const [allOf, setAllOf] = useState<TraceList | null>(null);
  const [bulk, setBulk] = useState<{ action: BulkAction; target: Target } | null>(null);
  const [menu, setMenu] = useState<Floating | null>(null);

  const atRest = () => (scroller.current?.scrollTop ?? 0) < 4 && menu === null
    && !gridRef.current?.matches(":hover") && !gridRef.current?.matches(":focus-within");
  useCatchUp(recalled !== null && recalled.list === list ? list : null, { scope, order, columns: columns.values, newestFirst });
  const liveRows = useLiveRows({ list, scope, columns: columns.values, on: live, newestFirst, atRest, refresh });

  const open = (id: string | null) => change({ t: id, s: null, find: id === null ? null : searchedText(scope.q) }, { replace: opened !== null && id !== null });
  const openTab = (id: string) => window.open(new URL(`../../t/${encodeURIComponent(id)}`, location.href), "_blank", "noopener");
  const close = () => {
    // The cursor moves to the trace that was open.
    if (cursor.id === null && opened !== null && 0 <= list.indexOf(opened)) cursor.go(opened);
    open(null);
    gridRef.current?.focus({ preventScroll: true });
  };
  useEffect(() => {
    remember({
      list, now: traces.now, cursor: { id: cursor.id, columnId: cursor.columnId, chosen: cursor.chosen }, selected: [...selection.keys],
      get scrollTop() { return scrollTop.current; },
    });
  });
  const rateRows = (ids: string[], good: boolean) => {
    void pressThumb({ experiment: scope.experiment, traceIds: ids, pressed: good ? "good" : "bad", onChanged: (rows) => updateRows(list, rows) });
  };
  const filterBy = (columnId: string, row: TraceRow, leaveOut: boolean) => {
    const filter = cellFilters(columnId, row)[0];
    if (filter) traces.setQ(withCondition(scope.q, leaveOut ? filter.drop : filter.keep));
    return filter !== undefined;
  };
  const showMenu: RowActions<TraceRow>["menu"] = ({ x, y, row, columnId }) => {
    const items = row ? cellMenu(columnId, row, {
      add: (condition) => traces.setQ(withCondition(scope.q, condition)),
      open: () => open(row.trace_id),
      openTab: () => openTab(row.trace_id),
      copy: (text, what) => void copyText(text).then((done) => done && toast(`${what} copied`)),
      cellText: columnId ? document.getElementById(cellId(row.trace_id, columnId))?.textContent ?? "" : "",
      selected: selection.keys.has(row.trace_id),
      select: () => selection.toggle(row.trace_id),
      rate: (good) => rateRows([row.trace_id], good),
      tag: () => setBulk({ action: "tag", target: { ids: [row.trace_id] } }),
      addToDataset: () => setBulk({ action: "dataset", target: { ids: [row.trace_id] } }),
      linkToIssue: () => setBulk({ action: "issue", target: { ids: [row.trace_id] } }),
      sendToReview: () => setBulk({ action: "review", target: { ids: [row.trace_id] } }),
    }) : columnId ? headMenu(columnId, columns, onSort) : [];
    if (items.length) setMenu({ x, y, items });
  };
  useEffect(() => onVerdictsChanged(() => {
    const ids = list.kept().slice(0, REREAD_MAX).map((row) => row.trace_id);
    void readRows(ids).then((rows) => updateRows(list, rows), () => refresh());
  }), [list, refresh]);
  const actions: RowActions<TraceRow> = { open, openTab, filterBy, menu: showMenu };
  const neighbour = (step: -1 | 1) => {
    const at = opened === null ? -1 : list.indexOf(opened);
    const row = at < 0 ? null : list.row(at + step);
    return row ? () => { cursor.jump(row.trace_id); open(row.trace_id); } : undefined;
  };
  useTracesRowKeys({
    cursor, selection, actions, rateRows, columns,
    tag: (ids) => setBulk({ action: "tag", target: { ids } }),
    addToDataset: (ids) => setBulk({ action: "dataset", target: { ids } }),
    linkToIssue: (ids) => setBulk({ action: "issue", target: { ids } }),
    sendToReview: (ids) => setBulk({ action: "review", target: { ids } }),
    next: neighbour(1),
    previous: neighbour(-1),
    focus: () => gridRef.current?.focus(),
    enabled: bulk === null,
  });

  const done = (action: BulkAction) => (ids: string[]) => {
    if (action === "delete") {
      list.remove(ids);
      selection.clear();
      if (opened !== null && ids.includes(opened)) open(null);
    } else {
      const shown = ids.filter((id) => 0 <= list.indexOf(id));
      if (shown.length) void readRows(shown).then((rows) => updateRows(list, rows));
    }
    void queryClient.invalidateQueries({ queryKey: ["summary"] });
    void queryClient.invalidateQueries({ queryKey: ["fields"] });
  };

  const empty = list.whole && list.length === 0 && list.waiting.length === 0;
  return (
    <>
      <ListRows list={list} unit="traces" empty={empty && <NoRows traces={traces} />}>
        <Grid
          label="Traces" list={list} columns={columns} sort={order} onSort={onSort} cursor={cursor} selection={selection}
          opened={opened} absolute={absolute} actions={actions} scroller={scroller} gridRef={gridRef}
          scrollTop={recalled?.list === list ? recalled.scrollTop : 0} onScroll={(top) => { scrollTop.current = top; }}
          twoLines={traceLines}
        />
      </ListRows>
      {(0 < liveRows.waiting || liveRows.behind) && (
        <button type="button" className="button new-rows" onClick={() => { liveRows.show(); scroller.current?.scrollTo({ top: 0 }); }}>
          {liveRows.behind ? "New traces ↑" : `${liveRows.waiting.toLocaleString("en-US")} new ↑`}
        </button>
      )}
      <p className="visually-hidden" role="status">{0 < liveRows.waiting ? `${liveRows.waiting} new traces` : ""}</p>
      {opened !== null && <TracePane traceId={opened} onClose={close} onPrevious={neighbour(-1)} onNext={neighbour(1)} />}
      {0 < selection.keys.size && (
        <SelectionBar
          selection={selection} scope={scope} columns={columns.values} matching={matching}
          all={allOf === list} onAll={(all) => setAllOf(all ? list : null)}
          onBulk={(action, target) => setBulk({ action, target })}
        />
      )}
      {menu && <MenuAt {...menu} label={cursor.id === HEAD ? "Column" : "Cell"} onClose={() => setMenu(null)} onClosed={() => gridRef.current?.focus()} />}
      {bulk && (
        <Suspense fallback={null}>
          <Bulk action={bulk.action} experiment={scope.experiment} target={bulk.target} onDone={done(bulk.action)} onClose={() => setBulk(null)} />
        </Suspense>
      )}
    </>
  );
}
