import { useQuery } from "@tanstack/react-query";
import type { ReviewItem } from "../../../core/review/reviewQueue";
import { readRows } from "../../../net/traces";

/** The most traces of a queue whose answers are read. */
export const ITEMS_READ_MAX = 5000;

/** The traces of a queue with their assessments; those added first, if there are too many. */
export function useQueueTraces(queueId: string, items: readonly ReviewItem[], enabled = true) {
  const ids = items.slice(0, ITEMS_READ_MAX).map(({ item_id }) => item_id);
  return useQuery({
    queryKey: ["review", "traces", queueId, ids.length, ids.at(-1) ?? null],
    queryFn: () => readRows(ids),
    enabled,
  });
}
