import { useState } from "react";
import { REVIEWERS_MAX, reviewersIn, type ReviewQueue } from "../../core/review/reviewQueue";
import type { QueueFieldsToSave } from "../../net/reviewQueues";

export interface QueueForm {
  name: string;
  /** Separated by commas. */
  reviewers: string;
  schemaIds: string[];
  instructions: string;
}

/** A tag of an experiment has at most this length. */
export const INSTRUCTIONS_LENGTH_MAX = 5000;

export const NEW_QUEUE: QueueForm = { name: "", reviewers: "", schemaIds: [], instructions: "" };

export function queueFormOf(queue: ReviewQueue, instructions: string): QueueForm {
  return { name: queue.name, reviewers: (queue.users ?? []).join(", "), schemaIds: queue.schema_ids ?? [], instructions };
}

export function queueFieldsOf({ name, reviewers, schemaIds, instructions }: QueueForm): QueueFieldsToSave {
  return { name: name.trim(), users: reviewersIn(reviewers), schemaIds, instructions: instructions.trim() };
}

/** Why the form cannot be saved, by field. */
export function queueProblems({ name, reviewers, schemaIds }: QueueForm): { name?: string; reviewers?: string; questions?: string } {
  const count = reviewersIn(reviewers).length;
  return {
    ...(!name.trim() ? { name: "A name is required." } : name.trim().toLowerCase() === "default" && { name: "“default” is the queue of whoever has no name; choose another." }),
    ...(REVIEWERS_MAX < count && { reviewers: `At most ${REVIEWERS_MAX} reviewers, not ${count}.` }),
    ...(schemaIds.length === 0 && { questions: "Choose at least one question." }),
  };
}

export function isReady(form: QueueForm): boolean {
  return Object.keys(queueProblems(form)).length === 0;
}

/** The state of the form, and whether it differs from the initial one. */
export function useQueueForm(initial: QueueForm) {
  const [form, setForm] = useState(initial);
  const isChanged = (Object.keys(initial) as (keyof QueueForm)[]).some((key) => String(form[key]) !== String(initial[key]));
  return { form, isChanged, change: (patch: Partial<QueueForm>) => setForm((before) => ({ ...before, ...patch })) };
}
