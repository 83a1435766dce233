// Queries for comparing traces: their span trees, and the content of single spans.
import { useQueries } from "@tanstack/react-query";
import { readSpanTree, type SpanTree } from "../core/trace/spanTree";
import { spanQuery } from "./span";
import { kansoku } from "./api";
import type { SpanTreePage } from "../core/types";

/** Maximum number of spans that are loaded per trace; nobody compares more side by side. */
const SPANS_MAX = 100_000;

export function useSpanTrees(ids: string[]) {
  return useQueries({
    queries: ids.map((id) => ({ queryKey: ["trace", id, "tree"], queryFn: ({ signal }: { signal: AbortSignal }) => readWholeTree(id, signal) })),
    combine: (results) => ({
      trees: results.map(({ data }) => data),
      error: results.find(({ error }) => error)?.error ?? null,
      refetch: () => results.forEach((result) => void result.refetch()),
    }),
  });
}

/** One span of each trace; `null` for a trace without it. */
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

async function readWholeTree(id: string, signal: AbortSignal): Promise<SpanTree> {
  const pages: SpanTreePage[] = [];
  let after: number | null = null;
  do {
    const page: SpanTreePage = await kansoku<SpanTreePage>(`traces/${encodeURIComponent(id)}/spans/tree`, { after }, { signal });
    pages.push(page);
    after = page.next;
  } while (after !== null && after < SPANS_MAX);
  return readSpanTree(pages);
}
