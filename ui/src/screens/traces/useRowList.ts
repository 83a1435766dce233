import { useMemo, useState } from "react";
import { searchesText } from "../../core/filter/edit";
import { type Page, PageList, type Row, traceKey } from "../../core/pageList";
import type { SearchProgress } from "../../core/searchProgress";
import type { TraceScope } from "../../net/traces";
import { textSearch } from "../../net/textSearch";
import type { TraceRow } from "../../core/types";
import { useOpenList } from "../../ui/table/useOpenList";

export type TraceList = PageList<TraceRow>;

export const NEWEST_FIRST = "timestamp DESC";

/** Where the rows of a list come from. */
export interface RowSource<T extends Row> {
  read: (scope: TraceScope, options: { order?: string; token: string | null; columns: string; signal: AbortSignal }) => Promise<Page<T>>;
  /** The id of a row; its trace id, if absent. */
  key?: (row: T) => string;
}

/** Replaces rows of a list. Rows that were read without the values of columns keep those they had. */
export function updateRows(list: TraceList, rows: TraceRow[]): void {
  const known = new Map(list.kept().map((row) => [row.trace_id, row.values]));
  list.update(rows.map((row) => (row.values ? row : { ...row, values: known.get(row.trace_id) })));
}

/** A list that is asked for, and the search that fills it. */
export interface SearchedList {
  list: Pick<PageList<Row>, "whole" | "ready" | "busy" | "stopped" | "error" | "length" | "stop" | "resume" | "need">;
  search: { subscribe: (listener: () => void) => () => void; progress: SearchProgress | null };
}

const searches = new WeakMap<object, SearchedList["search"]>();

/** A text search reads back in time if the list is sorted by time. */
function listOf<T extends Row>({ read, key = traceKey }: RowSource<T>, scope: TraceScope, order: string, columns: string): PageList<T> {
  if (order !== NEWEST_FIRST || !searchesText(scope.q)) {
    return new PageList<T>({ fetch: (token, signal) => read(scope, { order, token, columns, signal }), key });
  }
  const search = textSearch<T>(scope, columns, read);
  const list = new PageList<T>({ fetch: search.fetch, key });
  searches.set(list, search);
  return list;
}

/** The rows of a scope, page by page, with the values of `columns`. The previous list stays until the first page of the new one is loaded. */
export function useRowList<T extends Row>(source: RowSource<T>, scope: TraceScope, order: string, columns: string, round: number, recalled: PageList<T> | null): {
  list: PageList<T>;
  stale: boolean;
  /** If it is a search for a text, or too slow for one request. */
  searched: SearchedList | null;
} {
  const [first] = useState({ scope, order, columns, round });
  const wanted = useMemo(() => {
    if (recalled && scope === first.scope && order === first.order && columns === first.columns && round === first.round) return recalled;
    return listOf(source, scope, order, columns);
  }, [source, scope, order, columns, round, recalled, first]);
  const [shown, setShown] = useState(wanted);
  useOpenList(wanted);
  const fresh = wanted.ready || wanted.stopped || wanted.error !== null || !shown.ready;
  if (fresh && shown !== wanted) setShown(wanted);
  const list = fresh ? wanted : shown;
  const search = searches.get(wanted) ?? (wanted.progress ? wanted : null);
  return { list, stale: list !== wanted, searched: search ? { list: wanted, search } : null };
}
