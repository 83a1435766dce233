import { useRef } from "react";
import { intersect } from "../../core/filter/edit";
import { useExperiment } from "../../net/experiment";
import { useTraceEvents, type TraceEvents } from "../../net/traceEvents";
import { queryClient } from "../../net/queryClient";
import { readRows, readTraces, type TraceScope } from "../../net/traces";
import type { TraceRow } from "../../core/types";
import type { TraceList } from "./useTraceList";

const SUMMARY_EVERY_MS = 5000;

/** Follows what happens: known rows change where they are, new ones wait until nothing moves under somebody's pointer. */
export function useLiveRows({ list, scope, on, newestFirst, atRest, refresh }: {
  list: TraceList;
  scope: TraceScope;
  on: boolean;
  newestFirst: boolean;
  /** New rows may come in now: the list is at its top and nobody points at it. */
  atRest: () => boolean;
  refresh: () => void;
}): { waiting: number; behind: boolean; show: () => void } {
  const experiment = useExperiment(scope.experiment).data?.experiment_id ?? null;
  const summaryAt = useRef(0);

  const follow = async ({ changed, deleted, missed }: TraceEvents) => {
    if (missed) return atRest() ? refresh() : list.fallBehind();
    list.remove(deleted);
    const here = new Set([...list.kept(), ...list.waiting].map((row) => row.trace_id));
    const known = changed.filter((id) => here.has(id));
    const unknown = changed.filter((id) => !here.has(id));
    const [rows, fresh] = await Promise.all([known.length ? readRows(known) : [], matching(scope, unknown)]);
    refreshSummary(summaryAt);
    if (rows.length) list.update(rows);
    if (fresh.length) list.hold(newest(fresh));
    if (list.waiting.length && newestFirst && atRest()) list.admit();
  };
  // A missed event is told by the next; a failed question is asked again with the next events.
  useTraceEvents(on ? experiment : null, (events) => void follow(events).catch(() => undefined));

  // In another order nobody knows where they belong.
  return { waiting: list.waiting.length, behind: list.behind, show: () => (newestFirst && !list.behind ? list.admit() : refresh()) };
}

/** Those of the traces that the scope keeps. */
async function matching(scope: TraceScope, ids: string[]): Promise<TraceRow[]> {
  if (ids.length === 0) return [];
  const among = `request_id IN (${ids.slice(0, 500).map((id) => `'${id}'`).join(", ")})`;
  return (await readTraces({ ...scope, q: intersect(scope.q, among) }, { rows: 500 })).rows;
}

function newest(rows: TraceRow[]): TraceRow[] {
  return rows.toSorted((a, b) => b.request_time_ms - a.request_time_ms);
}

/** Figures need not follow every trace. */
function refreshSummary(last: { current: number }): void {
  const now = Date.now();
  if (now - last.current < SUMMARY_EVERY_MS) return;
  last.current = now;
  void queryClient.invalidateQueries({ queryKey: ["summary"] });
}
