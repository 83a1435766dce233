import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { criticalPath, type CriticalPath } from "../../core/trace/critical";
import { findFolds, type Fold } from "../../core/trace/folds";
import { selfTimes } from "../../core/trace/selfTime";
import { readTree, type TraceTree } from "../../core/trace/skeleton";
import { kansoku } from "../../net/api";
import { queryClient } from "../../net/queryClient";
import { useLive } from "../../net/live";
import type { SessionPlace, Skeleton, TraceRow } from "../../core/types";

/** A trace and what is worked out of its spans. */
export interface TraceModel {
  row: TraceRow;
  session: SessionPlace | null;
  tree: TraceTree;
  folds: Map<number, Fold>;
  path: CriticalPath;
  self: Float64Array;
}

export function skeletonKey(traceId: string) {
  return ["trace", traceId, "skeleton"];
}

/** The trace, page after page until all of it is there; a running one follows the news. */
export function useTrace(traceId: string) {
  const query = useInfiniteQuery({
    queryKey: skeletonKey(traceId),
    queryFn: ({ pageParam, signal }) =>
      kansoku<Skeleton>(`traces/${encodeURIComponent(traceId)}/skeleton`, { after: pageParam || null }, { signal }),
    initialPageParam: 0,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
  });
  const { hasNextPage, isFetchingNextPage, isPlaceholderData, fetchNextPage } = query;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && !isPlaceholderData) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, isPlaceholderData, fetchNextPage]);

  const pages = query.data?.pages;
  const model = useMemo(() => (pages?.[0] ? modelOf(pages) : null), [pages]);

  useLive(model?.row.experiment_id ?? null, (news) => {
    if (!news.missed && !news.changed.includes(traceId)) return;
    void queryClient.invalidateQueries({ queryKey: ["trace", traceId] }, { cancelRefetch: false });
  });
  return { ...query, model };
}

function modelOf(pages: Skeleton[]): TraceModel {
  const tree = readTree(pages);
  return {
    row: pages[0]!.trace,
    session: pages[0]!.session,
    tree,
    folds: findFolds(tree),
    path: criticalPath(tree),
    self: selfTimes(tree),
  };
}
