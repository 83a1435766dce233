// Review queues and their items, by MLflow's routes, and their progress. The instructions of a queue are a tag of its experiment.
import { useMutation, useQuery } from "@tanstack/react-query";
import { INSTRUCTIONS_TAG_PREFIX, ITEMS_AT_ONCE, type ReviewItem, type ReviewQueue, type ReviewStatus } from "../core/review/reviewQueue";
import type { ReviewProgressList } from "../core/types";
import { kansoku, mlflow, mlflowGet, mlflowPages } from "./api";
import { type Experiment, writeExperimentTag } from "./experiment";
import { queryClient } from "./queryClient";
import { experimentPath } from "./traces";

const path = (rest: string) => `3.0/mlflow/review-queues/${rest}`;
const PAGE_ROWS = 1000;
const PAGE_ITEMS = 50_000;
/** Other reviewers change the items: short queues are read again more often. */
const POLL_MS = { short: 15_000, long: 120_000 };
const SHORT_ITEMS_MAX = 2000;

interface QueuePage {
  review_queues?: ReviewQueue[];
  next_page_token?: string;
}

interface ItemPage {
  items?: ReviewItem[];
  next_page_token?: string;
}

/** The queues of an experiment, the newest first; with `traceId`, only those that have this trace. */
export function useReviewQueues(experimentId: string | undefined, traceId?: string) {
  return useQuery({
    queryKey: ["review", "queues", experimentId, traceId ?? null],
    queryFn: async () => {
      const pages = await mlflowPages<QueuePage>(path("list"), { experiment_id: experimentId, max_results: PAGE_ROWS, item_id: traceId });
      return pages.flatMap((page) => page.review_queues ?? []);
    },
    enabled: experimentId !== undefined,
  });
}

export function useReviewQueue(queueId: string) {
  return useQuery({
    queryKey: ["review", "queue", queueId],
    queryFn: async () => (await mlflowGet<{ review_queue: ReviewQueue }>(path("get"), { queue_id: queueId })).review_queue,
  });
}

const itemsKey = (queueId: string) => ["review", "items", queueId];

const PROGRESS_KEY = ["review", "progress"];

/** The counts of the items of each queue of an experiment. Queues without items are left out. */
export function useReviewProgress(experimentId: string | undefined) {
  return useQuery({
    queryKey: [...PROGRESS_KEY, experimentId],
    queryFn: async ({ signal }) => {
      const { queues } = await kansoku<ReviewProgressList>(experimentPath(experimentId!, "review-queues/progress"), {}, { signal });
      return new Map(queues.map((queue) => [queue.queue_id, queue]));
    },
    enabled: experimentId !== undefined,
  });
}

/** The items of a queue in the order in which they were added, so that those added later do not move others. */
export async function readReviewItems(queueId: string): Promise<ReviewItem[]> {
  const pages = await mlflowPages<ItemPage>(path("items/list"), { queue_id: queueId, max_results: PAGE_ITEMS });
  return pages.flatMap((page) => page.items ?? []).sort((a, b) => a.creation_time_ms - b.creation_time_ms || (a.item_id < b.item_id ? -1 : 1));
}

export function useReviewItems(queueId: string) {
  return useQuery({
    queryKey: itemsKey(queueId),
    queryFn: () => readReviewItems(queueId),
    refetchInterval: ({ state }) => ((state.data?.length ?? 0) <= SHORT_ITEMS_MAX ? POLL_MS.short : POLL_MS.long),
  });
}

/** Puts an item into the loaded list, since a response on its way may not have it yet. */
function putItem(item: ReviewItem): void {
  const key = itemsKey(item.queue_id);
  void queryClient.cancelQueries({ queryKey: key });
  queryClient.setQueryData<ReviewItem[]>(key, (items) => items?.map((other) => (other.item_id === item.item_id ? item : other)));
}

/** The first user who completes or declines an item stays: the answer says who that is. */
export async function setReviewStatus(queueId: string, traceId: string, status: ReviewStatus, user: string): Promise<ReviewItem> {
  const { item } = await mlflow<{ item: ReviewItem }>(path("items/set-status"), {
    queue_id: queueId, item_id: traceId, status, ...(status !== "PENDING" && { completed_by: user }),
  });
  putItem(item);
  void queryClient.invalidateQueries({ queryKey: PROGRESS_KEY });
  return item;
}

/** Adds traces; those that are in the queue already keep their status. */
export async function addReviewItems(queueId: string, traceIds: string[], onProgress?: (done: number) => void): Promise<void> {
  for (let at = 0; at < traceIds.length; at += ITEMS_AT_ONCE) {
    const batch = traceIds.slice(at, at + ITEMS_AT_ONCE);
    await mlflow(path("items/add"), { queue_id: queueId, item_type: "TRACE", item_ids: batch });
    onProgress?.(at + batch.length);
  }
  // A response on its way may not have the new items yet.
  await queryClient.cancelQueries({ queryKey: itemsKey(queueId) });
  void queryClient.invalidateQueries({ queryKey: ["review"] });
}

export async function removeReviewItem(queueId: string, traceId: string): Promise<void> {
  await mlflow(path("items/remove"), { queue_id: queueId, item_ids: [traceId] });
  void queryClient.invalidateQueries({ queryKey: ["review"] });
}

export interface QueueFieldsToSave {
  name: string;
  users: string[];
  /** Left out if they cannot change, since the queue has items. */
  schemaIds?: string[];
  instructions: string;
}

export type ReviewQueueChange =
  | ({ kind: "create"; experimentId: string; createdBy: string } & QueueFieldsToSave)
  | ({ kind: "update"; queue: ReviewQueue } & QueueFieldsToSave)
  | { kind: "delete"; queue: ReviewQueue };

/** Changes a queue; the caller shows the error. */
export function useChangeReviewQueue() {
  return useMutation({
    meta: { quiet: true },
    mutationFn: changeReviewQueue,
    onSuccess: (_, change) => {
      if (change.kind === "delete") queryClient.removeQueries({ queryKey: ["review", "queue", change.queue.queue_id] });
      return queryClient.invalidateQueries({ queryKey: ["review"] });
    },
  });
}

async function changeReviewQueue(change: ReviewQueueChange): Promise<ReviewQueue | null> {
  switch (change.kind) {
    case "create": {
      const { review_queue: queue } = await mlflow<{ review_queue: ReviewQueue }>(path("create"), {
        experiment_id: change.experimentId, name: change.name, queue_type: "CUSTOM", created_by: change.createdBy,
        users: change.users, schema_ids: change.schemaIds ?? [],
      });
      if (change.instructions) await setInstructions(queue, change.instructions);
      return queue;
    }
    case "update": {
      const { queue } = change;
      if (queue.queue_type === "CUSTOM") {
        await mlflow(path("update"), {
          queue_id: queue.queue_id, name: change.name, update_users: true, users: change.users,
          ...(change.schemaIds && { update_schema_ids: true, schema_ids: change.schemaIds }),
        });
      }
      await setInstructions(queue, change.instructions);
      return queue;
    }
    case "delete":
      await mlflow(path("delete"), { queue_id: change.queue.queue_id });
      await setInstructions(change.queue, "");
      return null;
  }
}

function setInstructions({ experiment_id, queue_id }: ReviewQueue, text: string): Promise<void> {
  return writeExperimentTag(experiment_id, INSTRUCTIONS_TAG_PREFIX + queue_id, text);
}

/** The instructions for reviewers of the queue; empty if there are none. */
export function instructionsOf(experiment: Experiment | undefined, queueId: string): string {
  return experiment?.tags?.find(({ key }) => key === INSTRUCTIONS_TAG_PREFIX + queueId)?.value ?? "";
}
