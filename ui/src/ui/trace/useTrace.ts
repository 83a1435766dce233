import { infiniteQueryOptions, keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { criticalPath, type CriticalPath } from "../../core/trace/criticalPath";
import { findFolds, type Fold } from "../../core/trace/folds";
import { selfTimes } from "../../core/trace/selfTime";
import { readSpanTree, type SpanTree } from "../../core/trace/spanTree";
import { subtreeSums, type SubtreeSums } from "../../core/trace/subtreeSums";
import { kansoku } from "../../net/api";
import { queryClient } from "../../net/queryClient";
import { useTraceEvents } from "../../net/traceEvents";
import type { SessionPosition, SpanTreePage, TraceRow } from "../../core/types";

/** A trace and data derived from its spans. */
export interface TraceModel {
  row: TraceRow;
  session: SessionPosition | null;
  tree: SpanTree;
  sums: SubtreeSums;
  folds: Map<number, Fold>;
  path: CriticalPath;
  self: Float64Array;
}

export function spanTreeKey(traceId: string) {
  return ["trace", traceId, "spans/tree"];
}

function spanTreeQuery(traceId: string) {
  return infiniteQueryOptions({
    queryKey: spanTreeKey(traceId),
    queryFn: ({ pageParam, signal }) =>
      kansoku<SpanTreePage>(`traces/${encodeURIComponent(traceId)}/spans/tree`, { after: pageParam || null }, { signal }),
    initialPageParam: 0,
    getNextPageParam: (page: SpanTreePage) => page.next,
  });
}

/** Loads a trace before it is shown. */
export function prefetchTrace(traceId: string): void {
  void queryClient.prefetchInfiniteQuery(spanTreeQuery(traceId));
}

/** Loads the trace page by page, and refetches a running one on events. */
export function useTrace(traceId: string) {
  const query = useInfiniteQuery({ ...spanTreeQuery(traceId), placeholderData: keepPreviousData });
  const { hasNextPage, isFetchingNextPage, isPlaceholderData, fetchNextPage } = query;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && !isPlaceholderData) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, isPlaceholderData, fetchNextPage]);

  const pages = query.data?.pages;
  const model = useMemo(() => (pages?.[0] ? modelOf(pages) : null), [pages]);

  useTraceEvents(model?.row.experiment_id ?? null, (events) => {
    if (!events.missed && !events.changed.includes(traceId)) return;
    void queryClient.invalidateQueries({ queryKey: ["trace", traceId] }, { cancelRefetch: false });
  });
  return { ...query, model };
}

function modelOf(pages: SpanTreePage[]): TraceModel {
  const tree = readSpanTree(pages);
  const sums = subtreeSums(tree);
  return {
    row: pages[0]!.trace,
    session: pages[0]!.session,
    tree,
    sums,
    folds: findFolds(tree, sums),
    path: criticalPath(tree),
    self: selfTimes(tree),
  };
}
