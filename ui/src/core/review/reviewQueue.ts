// Review queues as MLflow's routes return them, and what their items add up to.
import type { ReviewProgress } from "../types";
import { inOrder, type LabelSchema } from "./labelSchema";

export interface ReviewQueue {
  queue_id: string;
  experiment_id: string;
  name: string;
  /** The queue of a user has the user's name, and asks all questions of the experiment. */
  queue_type: "USER" | "CUSTOM";
  created_by?: string;
  creation_time_ms: number;
  last_update_time_ms: number;
  /** The reviewers, in lower case. */
  users?: string[];
  schema_ids?: string[];
}

export interface ReviewItem {
  queue_id: string;
  /** The id of the trace. */
  item_id: string;
  status: ReviewStatus;
  completed_by?: string;
  completed_time_ms?: number;
  creation_time_ms: number;
}

export type ReviewStatus = "PENDING" | "COMPLETE" | "DECLINED";

/** The most reviewers of a queue, traces in one, and ids in one request, as in MLflow. */
export const REVIEWERS_MAX = 10;
export const QUEUE_ITEMS_MAX = 100_000;
export const ITEMS_AT_ONCE = 10_000;

/** MLflow's queues have no instructions: they are a tag of the experiment, for each queue. */
export const INSTRUCTIONS_TAG_PREFIX = "kansoku.review.instructions.";

/** Users are compared without regard to the case of letters. */
export function isSameUser(a: string | null | undefined, b: string | null | undefined): boolean {
  return (a ?? "").trim().toLowerCase() === (b ?? "").trim().toLowerCase();
}

/** The reviewers in a text such as `ana, Bob`; they are stored in lower case. */
export function reviewersIn(text: string): string[] {
  return [...new Set(text.split(/[,;\n]/).map((name) => name.trim().toLowerCase()).filter(Boolean))];
}

/** The questions of a queue, in order. Schemas that were deleted are left out. */
export function questionsOf(queue: ReviewQueue, schemas: readonly LabelSchema[]): LabelSchema[] {
  const chosen = new Set(queue.schema_ids);
  return inOrder(queue.queue_type === "USER" ? schemas : schemas.filter(({ schema_id }) => chosen.has(schema_id)));
}

/** The queues that ask a question. */
export function queuesThatAsk(schema: LabelSchema, queues: readonly ReviewQueue[]): ReviewQueue[] {
  return queues.filter(({ queue_type, schema_ids }) => queue_type === "USER" || schema_ids?.includes(schema.schema_id));
}

export interface Progress {
  all: number;
  complete: number;
  declined: number;
  open: number;
  /** The items that each user completed or declined, most first. */
  byUser: [user: string, items: number][];
}

export function progressOf(items: readonly ReviewItem[]): Progress {
  const byUser = new Map<string, number>();
  let complete = 0;
  let declined = 0;
  for (const { status, completed_by } of items) {
    if (status === "PENDING") continue;
    if (status === "COMPLETE") complete++;
    else declined++;
    if (completed_by) byUser.set(completed_by, (byUser.get(completed_by) ?? 0) + 1);
  }
  return { all: items.length, complete, declined, open: items.length - complete - declined, byUser: mostFirst(byUser) };
}

/** The progress of a queue that the server has counted; without counts, the queue has no items. */
export function countedProgress(counts: ReviewProgress | undefined): Progress {
  const { pending = 0, complete = 0, declined = 0, by_reviewer = {} } = counts ?? {};
  return { all: pending + complete + declined, complete, declined, open: pending, byUser: mostFirst(Object.entries(by_reviewer)) };
}

function mostFirst(byUser: Iterable<[string, number]>): Progress["byUser"] {
  return [...byUser].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}

/** The next open item after `current`, around the end of the list. Items that were skipped come after all others. */
export function nextOpen(ids: readonly string[], current: string | null, isOpen: (id: string) => boolean, skipped: readonly string[]): string | null {
  const at = current === null ? -1 : ids.indexOf(current);
  const others = [...ids.slice(at + 1), ...ids.slice(0, Math.max(at, 0))].filter(isOpen);
  const later = new Set(skipped);
  return others.find((id) => !later.has(id)) ?? skipped.find((id) => id !== current && others.includes(id)) ?? null;
}
