import { useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { searchesText } from "../../core/filter/edit";
import { PageList } from "../../core/pageList";
import { serverState } from "../../net/serverState";
import { readTraces, type TraceScope } from "../../net/traces";
import { type TextSearch, textSearch } from "../../net/traceSearch";
import type { TraceRow } from "../../core/types";

export type TraceList = PageList<TraceRow>;

export const NEWEST_FIRST = "timestamp DESC";

const searches = new WeakMap<TraceList, TextSearch>();

/** A list for the scope. A text search goes back in time window by window; in any other order, all traces have to be read first. */
function listOf(scope: TraceScope, order: string, columns: string): TraceList {
  if (order !== NEWEST_FIRST || !searchesText(scope.q)) {
    return new PageList<TraceRow>({ fetch: (token, signal) => readTraces(scope, { order, token, columns, signal }) });
  }
  const search = textSearch(scope, columns);
  const list = new PageList<TraceRow>({ fetch: search.fetch });
  searches.set(list, search);
  return list;
}

/** Replaces rows of a list. Rows that were read without the values of columns keep those they had. */
export function updateRows(list: TraceList, rows: TraceRow[]): void {
  const known = new Map(list.kept().map((row) => [row.trace_id, row.values]));
  list.update(rows.map((row) => (row.values ? row : { ...row, values: known.get(row.trace_id) })));
}

/** The traces of a scope, page by page, with the values of `columns`. The previous list stays until the first page of the new one is loaded. */
export function useTraceList(scope: TraceScope, order: string, columns: string, round: number, recalled: TraceList | null): {
  list: TraceList;
  stale: boolean;
  /** The requested list and the search that fills it, if this is a text search. */
  searched: { list: TraceList; search: TextSearch } | null;
} {
  const [first] = useState({ scope, order, columns, round });
  const wanted = useMemo(() => {
    if (recalled && scope === first.scope && order === first.order && columns === first.columns && round === first.round) return recalled;
    return listOf(scope, order, columns);
  }, [scope, order, columns, round, recalled, first]);
  const [shown, setShown] = useState(wanted);

  useEffect(() => {
    wanted.open();
    wanted.need(0, 0);
    // Retries when the server responds again or a user has signed in.
    const forget = serverState.subscribe(() => {
      if (serverState.current() === "answers" && wanted.error !== null) {
        wanted.retry();
        wanted.need(0, 0);
      }
    });
    return () => {
      forget();
      wanted.close();
    };
  }, [wanted]);
  useSyncExternalStore(wanted.subscribe, () => wanted.version);
  const fresh = wanted.ready || wanted.stopped || wanted.error !== null || !shown.ready;
  if (fresh && shown !== wanted) setShown(wanted);
  const list = fresh ? wanted : shown;
  const search = searches.get(wanted);
  return { list, stale: list !== wanted, searched: search ? { list: wanted, search } : null };
}
