import { useEffect, useState } from "react";
import { intersect } from "../../core/filter/edit";
import { Throttle } from "../../core/throttle";
import { useExperiment } from "../../net/experiment";
import { useTraceEvents, type TraceEvents } from "../../net/traceEvents";
import { queryClient } from "../../net/queryClient";
import { readRows, readTraces, type TraceScope } from "../../net/traces";
import type { TraceRow } from "../../core/types";
import type { TraceList } from "./useRowList";

/** Minimum interval in ms between updates of count, percentiles and histogram. */
const SUMMARY_EVERY_MS = 5000;

/** Applies live events: known rows change in place, new ones wait while they would move rows under the pointer. */
export function useLiveRows({ list, scope, columns, on, newestFirst, atRest, refresh }: {
  list: TraceList;
  scope: TraceScope;
  /** The values of root spans that rows have. */
  columns: string;
  on: boolean;
  newestFirst: boolean;
  /** Whether new rows may be inserted now: the list is at its top and not hovered. */
  atRest: () => boolean;
  refresh: () => void;
}): { waiting: number; behind: boolean; show: () => void } {
  const experiment = useExperiment(scope.experiment).data?.experiment_id ?? null;
  const [summary] = useState(() => new Throttle(SUMMARY_EVERY_MS, () => void queryClient.invalidateQueries({ queryKey: ["summary"] })));
  useEffect(() => () => summary.cancel(), [summary]);

  const follow = async ({ changed, deleted, missed }: TraceEvents) => {
    if (missed) return atRest() ? refresh() : list.fallBehind();
    list.remove(deleted);
    const here = new Set([...list.kept(), ...list.waiting].map((row) => row.trace_id));
    const known = changed.filter((id) => here.has(id));
    const unknown = changed.filter((id) => !here.has(id));
    const [rows, fresh] = await Promise.all([known.length ? readRows(known, columns) : [], matching(scope, unknown, columns)]);
    summary.call();
    if (rows.length) list.update(rows);
    if (fresh.length) list.hold(newest(fresh));
    if (list.waiting.length && newestFirst && atRest()) list.admit();
  };
  // A failed request is repeated with the next event.
  useTraceEvents(on ? experiment : null, (events) => void follow(events).catch(() => undefined));

  // In another sort order their position is unknown.
  return { waiting: list.waiting.length, behind: list.behind, show: () => (newestFirst && !list.behind ? list.admit() : refresh()) };
}

/** Fetches once the traces that arrived while a list was not on the screen. */
export function useCatchUp(list: TraceList | null, { scope, order, columns, newestFirst }: {
  scope: TraceScope;
  order: string;
  columns: string;
  newestFirst: boolean;
}): void {
  useEffect(() => {
    if (!list) return;
    const controller = new AbortController();
    const catchUp = async () => {
      const { rows } = await readTraces(scope, { order, columns, signal: controller.signal });
      if (controller.signal.aborted) return;
      list.update(rows);
      const fresh = rows.filter((row) => list.indexOf(row.trace_id) < 0);
      // More than a page of traces arrived, or the position of the rows is unknown.
      if (fresh.length === 0) return;
      if (newestFirst && fresh.length < rows.length) list.hold(fresh);
      else list.fallBehind();
    };
    void catchUp().catch(() => undefined);
    return () => controller.abort();
  }, [list, scope, order, columns, newestFirst]);
}

/** Those of these traces that match the scope. */
async function matching(scope: TraceScope, ids: string[], columns: string): Promise<TraceRow[]> {
  if (ids.length === 0) return [];
  const among = `request_id IN (${ids.slice(0, 500).map((id) => `'${id}'`).join(", ")})`;
  return (await readTraces({ ...scope, q: intersect(scope.q, among) }, { rows: 500, columns })).rows;
}

function newest(rows: TraceRow[]): TraceRow[] {
  return rows.toSorted((a, b) => b.request_time_ms - a.request_time_ms);
}
