import { useEffect, useState, useSyncExternalStore } from "react";
import { PageList } from "../../core/pageList";
import { serverState } from "../../net/serverState";

/** Pages of rows, of which the first also has figures of the whole list. */
export interface RowPages<T, P> {
  read: (token: string | null, signal: AbortSignal) => Promise<P>;
  rows: (page: P) => T[];
  next: (page: P) => string | null;
  key: (row: T) => string;
}

interface Pages<T, P> {
  list: PageList<T>;
  first: P | null;
}

/** The rows of a table, page by page. The previous rows stay until the first page of the new ones is loaded. `source` must keep its identity between renders. */
export function usePagedRows<T, P>(source: RowPages<T, P>): Pages<T, P> & { stale: boolean } {
  const [made, setMade] = useState(() => ({ source, pages: pagesOf(source) }));
  if (made.source !== source) setMade({ source, pages: pagesOf(source) });
  const wanted = made.pages;
  const [shown, setShown] = useState(wanted);
  const { list } = wanted;
  useEffect(() => {
    list.open();
    list.need(0, 0);
    // Retries after the server responds again or somebody signed in.
    const forget = serverState.subscribe(() => {
      if (serverState.current() === "answers" && list.error !== null) {
        list.retry();
        list.need(0, 0);
      }
    });
    return () => {
      forget();
      list.close();
    };
  }, [list]);
  useSyncExternalStore(list.subscribe, () => list.version);
  const fresh = list.ready || list.error !== null || !shown.list.ready;
  if (fresh && shown !== wanted) setShown(wanted);
  const current = fresh ? wanted : shown;
  return { list: current.list, first: current.first, stale: current !== wanted };
}

function pagesOf<T, P>({ read, rows, next, key }: RowPages<T, P>): Pages<T, P> {
  const pages: Pages<T, P> = {
    first: null,
    list: new PageList<T>({
      key,
      fetch: async (token, signal) => {
        const page = await read(token, signal);
        if (token === null) pages.first = page;
        return { rows: rows(page), next: next(page) };
      },
    }),
  };
  return pages;
}
