import { useState } from "react";
import { PageList } from "../../core/pageList";
import { useOpenList } from "./useOpenList";

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

/**
 * The rows of a table, page by page, and a function that reads them anew. The previous rows stay until the first page of the new
 * ones is loaded. `source` must keep its identity between renders.
 */
export function usePagedRows<T, P>(source: RowPages<T, P>): Pages<T, P> & { stale: boolean; refresh: () => void } {
  const [{ readFrom, latest }, setPages] = useState(() => ({ readFrom: source, latest: pagesOf(source) }));
  const refresh = () => setPages({ readFrom: source, latest: pagesOf(source) });
  if (readFrom !== source) refresh();
  const [shown, setShown] = useState(latest);
  useOpenList(latest.list);
  const fresh = latest.list.ready || latest.list.error !== null || !shown.list.ready;
  if (fresh && shown !== latest) setShown(latest);
  const { list, first } = fresh ? latest : shown;
  return { list, first, stale: !fresh, refresh };
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
