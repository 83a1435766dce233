// Queries about the traces of an experiment.
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { Page } from "../core/pageList";
import { kansoku } from "./api";
import { queryClient } from "./queryClient";
import type { FacetList, FieldList, FilterCheck, GroupList, TracePage, TraceRow, TraceSummary } from "../core/types";

/** Experiment, time range and filter. */
export interface TraceScope {
  experiment: string;
  q: string;
  from: number | null;
  to: number | null;
}

export const PAGE_ROWS = 100;
const IDS_MAX = 500;

export function experimentPath(experiment: string, rest: string): string {
  return `experiments/${encodeURIComponent(experiment)}/${rest}`;
}

export function scopeQuery({ q, from, to }: TraceScope) {
  return { q, from, to };
}

export async function readTraces(
  scope: TraceScope,
  { order, token = null, rows = PAGE_ROWS, columns, signal }: { order?: string; token?: string | null; rows?: number; columns?: string; signal?: AbortSignal },
): Promise<Page<TraceRow>> {
  // Goes through the query cache for its retries only; the list keeps its own pages.
  const page = await queryClient.fetchQuery({
    queryKey: ["traces", scope, order, token, rows, columns],
    queryFn: ({ signal: own }) =>
      kansoku<TracePage>(
        experimentPath(scope.experiment, "traces"),
        { ...scopeQuery(scope), order_by: order, page_token: token, max_results: rows, columns },
        { signal: signal ? AbortSignal.any([signal, own]) : own },
      ),
    staleTime: 0,
    gcTime: 0,
  });
  return { rows: page.traces, next: page.next_page_token, coveredFromMs: page.covered_from_ms };
}

/** The ids of all traces that match, at most `max`, the newest first. */
export async function readTraceIds(scope: TraceScope, max: number, signal?: AbortSignal): Promise<string[]> {
  const ids: string[] = [];
  let token: string | null = null;
  do {
    const page: { rows: { trace_id: string }[]; next: string | null } = await readTraces(scope, { token, rows: 500, signal });
    ids.push(...page.rows.map((row) => row.trace_id));
    token = page.next;
  } while (token !== null && ids.length < max);
  return ids.slice(0, max);
}

/** The rows of these traces; deleted ones are left out. `columns` are the values of root spans to read, if any. */
export async function readRows(ids: string[], columns?: string): Promise<TraceRow[]> {
  const rows: TraceRow[] = [];
  for (let at = 0; at < ids.length; at += IDS_MAX) {
    const page = await kansoku<TracePage>("traces/rows", { ids: ids.slice(at, at + IDS_MAX).join(","), columns });
    rows.push(...page.traces);
  }
  return rows;
}

export function useSummary(scope: TraceScope, { buckets = 60, enabled = true }: { buckets?: number; enabled?: boolean } = {}) {
  return useQuery({
    queryKey: ["summary", scope, buckets],
    queryFn: ({ signal }) => readSummary(scope, buckets, signal),
    placeholderData: keepPreviousData,
    enabled,
  });
}

export function readSummary(scope: TraceScope, buckets: number, signal?: AbortSignal): Promise<TraceSummary> {
  return kansoku(experimentPath(scope.experiment, "traces/summary"), { ...scopeQuery(scope), buckets }, { signal });
}

/** The fields that traces of this experiment can be filtered by, with those found in root spans; with `rows`, with those found in any spans. */
export function useFields(experiment: string, { enabled = true, rows = "traces" }: { enabled?: boolean; rows?: "traces" | "spans" } = {}) {
  return useQuery({
    queryKey: rows === "traces" ? ["fields", experiment] : ["fields", experiment, rows],
    queryFn: ({ signal }) => kansoku<FieldList>(experimentPath(experiment, "fields"), rows === "traces" ? {} : { rows }, { signal }),
    staleTime: 60_000,
    enabled,
  });
}

/** The values of a field among these traces. */
export function useFacets(scope: TraceScope, field: string | null, prefix: string, enabled = true) {
  return useQuery({
    queryKey: ["facets", scope, field, prefix],
    queryFn: ({ signal }) =>
      kansoku<FacetList>(experimentPath(scope.experiment, "facets"), { ...scopeQuery(scope), field, prefix, max_results: 20 }, { signal }),
    placeholderData: (before, query) => (query?.queryKey[2] === field ? before : undefined),
    staleTime: 30_000,
    enabled: enabled && field !== null,
    retry: false,
  });
}

/** Whether the server can parse a filter, and the position of the mistake if not. */
export function useFilterCheck(q: string, enabled = true) {
  return useQuery({
    queryKey: ["filter/check", q],
    queryFn: ({ signal }) => kansoku<FilterCheck>("filter/check", { q }, { signal }),
    staleTime: Infinity,
    enabled: enabled && q.trim() !== "",
    retry: false,
  });
}

export function useGroups(scope: TraceScope, by: string, buckets: number) {
  return useQuery({
    queryKey: ["groups", scope, by, buckets],
    queryFn: ({ signal }) =>
      kansoku<GroupList>(experimentPath(scope.experiment, "groups"), { ...scopeQuery(scope), by, buckets, max_results: 500 }, { signal }),
    placeholderData: (before, query) => (query?.queryKey[2] === by ? before : undefined),
  });
}
