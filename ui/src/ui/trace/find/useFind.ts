import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import { useUrl } from "../../address/useUrl";
import { kansoku } from "../../../net/api";
import type { FindHit, FindResult } from "../../../core/types";
import { useDebounced } from "../../useDebounced";
import type { SpanTab } from "../params";
import type { SpanSelection } from "../useSpanSelection";
import type { TraceModel } from "../useTrace";

export interface Find {
  open: boolean;
  /** The user opened the search here; it was not opened by the address. */
  byUser: boolean;
  text: string;
  hits: FindHit[];
  at: number;
  complete: boolean;
  loading: boolean;
  error: unknown;
  /** Spans that have a hit. */
  spans: ReadonlySet<number>;
  setOpen: (open: boolean) => void;
  setText: (text: string) => void;
  step: (by: 1 | -1) => void;
  go: (at: number) => void;
}

const HITS_MAX = 200;

/** Searches the whole trace. The search text is in the address, so that links contain it. */
export function useFind({ row, tree }: TraceModel, selection: SpanSelection, setTab: (tab: SpanTab) => void, onShow?: () => void): Find {
  const [search, change] = useUrl();
  const [typed, setTyped] = useState(search.find ?? "");
  const [open, setOpen] = useState(search.find !== undefined);
  const [byUser, setByUser] = useState(false);
  const [place, setPlace] = useState<{ text: string; at: number }>({ text: "", at: -1 });
  const text = useDebounced(typed.trim(), 200);
  const query = useQuery({
    queryKey: ["trace", row.trace_id, "find", text],
    queryFn: ({ signal }) => kansoku<FindResult>(`traces/${encodeURIComponent(row.trace_id)}/find`, { q: text, max_results: HITS_MAX }, { signal }),
    enabled: open && text !== "",
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
  const hits = useMemo(() => (text === "" ? [] : (query.data?.hits ?? [])), [query.data, text]);
  const spans = useMemo(() => new Set(hits.flatMap((hit) => tree.indexOf.get(hit.span_id) ?? [])), [hits, tree]);
  const at = place.text === text ? place.at : -1;

  const go = (next: number) => {
    const hit = hits[next];
    const span = hit && tree.indexOf.get(hit.span_id);
    if (!hit || span === undefined) return;
    setPlace({ text, at: next });
    selection.select(span);
    const tab = tabOfField(hit.field);
    if (tab) setTab(tab);
    else onShow?.();
  };
  // A trace opened from a text search selects the first span with a hit.
  const arrived = useRef(search.find !== undefined && search.s === undefined);
  useEffect(() => {
    if (!arrived.current || hits.length === 0) return;
    arrived.current = false;
    go(0);
    // Runs once, with the first hits.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [hits]);
  return {
    open,
    byUser,
    text: open ? text : "",
    hits,
    at,
    complete: query.data?.complete ?? true,
    loading: query.isFetching,
    error: query.error,
    spans,
    setOpen: (next) => {
      setOpen(next);
      setByUser(next);
      if (!next) change({ find: null }, { replace: true });
    },
    setText: (next) => {
      setTyped(next);
      change({ find: next.trim() || null }, { replace: true });
    },
    step: (by) => {
      if (hits.length) go((at + by + hits.length) % hits.length);
    },
    go,
  };
}

function tabOfField(field: string): SpanTab | null {
  if (field === "inputs" || field === "outputs") return "io";
  if (field.startsWith("attributes")) return "attributes";
  return field.startsWith("events") ? "events" : null;
}
