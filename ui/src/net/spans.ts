// Queries of the spans of an experiment.
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { Page } from "../core/pageList";
import type { FoundSpan, FoundSpanPage, SpanSummary } from "../core/types";
import { apiUrl, kansoku } from "./api";
import { queryClient } from "./queryClient";
import { experimentPath, PAGE_ROWS, scopeQuery, type TraceScope } from "./traces";

const BUCKETS = 60;

/** A page of the spans that match, newest first. */
export async function readSpans(
  scope: TraceScope,
  { token, columns, signal }: { token: string | null; columns?: string; signal?: AbortSignal },
): Promise<Page<FoundSpan>> {
  // Goes through the query cache for its retries only; the list keeps its own pages.
  const page = await queryClient.fetchQuery({
    queryKey: ["spans", scope, token, columns],
    queryFn: ({ signal: own }) =>
      kansoku<FoundSpanPage>(
        experimentPath(scope.experiment, "spans"),
        { ...scopeQuery(scope), page_token: token, max_results: PAGE_ROWS, columns },
        { signal: signal ? AbortSignal.any([signal, own]) : own },
      ),
    staleTime: 0,
    gcTime: 0,
  });
  return { rows: page.spans, next: page.next_page_token };
}

export function readSpanSummary(scope: TraceScope, buckets: number, signal?: AbortSignal): Promise<SpanSummary> {
  return kansoku(experimentPath(scope.experiment, "spans/summary"), { ...scopeQuery(scope), buckets }, { signal });
}

export function useSpanSummary(scope: TraceScope) {
  return useQuery({
    queryKey: ["spans/summary", scope, BUCKETS],
    queryFn: ({ signal }) => readSpanSummary(scope, BUCKETS, signal),
    placeholderData: keepPreviousData,
  });
}

/** The address of all spans of a scope as a file, with the values of `columns`. */
export function spanExportUrl(scope: TraceScope, format: "jsonl" | "csv", columns: string): string {
  return apiUrl(`3.0/kansoku/${experimentPath(scope.experiment, "spans/export")}`, { format, columns, ...scopeQuery(scope) });
}
