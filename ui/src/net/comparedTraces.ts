// Traces to be compared: all their spans without payload, and what their first spans say.
import { useQueries } from "@tanstack/react-query";
import { readTree, type TraceTree } from "../core/trace/skeleton";
import { spanQuery } from "./span";
import { kansoku } from "./api";
import type { Skeleton } from "../core/types";

/** More than anybody reads side by side. */
const SPANS_MAX = 100_000;

export function useTrees(ids: string[]) {
  return useQueries({
    queries: ids.map((id) => ({ queryKey: ["trace", id, "tree"], queryFn: ({ signal }: { signal: AbortSignal }) => wholeTree(id, signal) })),
    combine: (results) => ({
      trees: results.map(({ data }) => data),
      error: results.find(({ error }) => error)?.error ?? null,
      refetch: () => results.forEach((result) => void result.refetch()),
    }),
  });
}

/** What a span of each trace says; `null` where a trace has no such span. */
export function useSpans(places: ({ traceId: string; spanId: string } | null)[]) {
  return useQueries({
    queries: places.map((place) => ({ ...spanQuery(place?.traceId ?? "", place?.spanId ?? ""), enabled: place !== null })),
    combine: (results) => ({
      spans: results.map(({ data }) => data),
      pending: results.some(({ isLoading }) => isLoading),
      error: results.find(({ error }) => error)?.error ?? null,
    }),
  });
}

async function wholeTree(id: string, signal: AbortSignal): Promise<TraceTree> {
  const pages: Skeleton[] = [];
  let after: number | null = null;
  do {
    const page: Skeleton = await kansoku<Skeleton>(`traces/${encodeURIComponent(id)}/skeleton`, { after }, { signal });
    pages.push(page);
    after = page.next;
  } while (after !== null && after < SPANS_MAX);
  return readTree(pages);
}
