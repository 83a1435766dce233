import { useEffect, useMemo } from "react";
import type { DatasetRecord } from "../../../core/types";
import { useRecordPages } from "../../../net/datasets";

/** Most records that the page holds, so that they can be sorted and filtered. An export has all. */
export const RECORDS_MAX = 50_000;

export interface LoadedRecords {
  records: readonly DatasetRecord[];
  /** All of them are loaded, or as many as the page holds. */
  isLoaded: boolean;
  isPending: boolean;
  /** There are more than the page holds. */
  isPart: boolean;
  error: Error | null;
  retry: () => void;
}

/** The records of a version, which are loaded page by page in the background. */
export function useRecords(id: string, version: number | undefined): LoadedRecords {
  const { data, error, isPending, hasNextPage, isFetchingNextPage, isPlaceholderData, fetchNextPage, refetch } = useRecordPages(id, version);
  const records = useMemo(() => data?.pages.flatMap((page) => page.records) ?? [], [data]);
  const isFull = RECORDS_MAX <= records.length;
  const isNext = hasNextPage && !isFull && !isPlaceholderData && !error;
  useEffect(() => {
    if (isNext && !isFetchingNextPage) void fetchNextPage();
  }, [isNext, isFetchingNextPage, fetchNextPage]);
  return {
    records, error, isPending,
    isLoaded: !isPending && !isPlaceholderData && (!hasNextPage || isFull),
    isPart: hasNextPage && isFull,
    retry: () => void (data ? fetchNextPage() : refetch()),
  };
}
