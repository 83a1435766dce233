// Saves a reviewer's answers as assessments of the trace, as MLflow's own screen does, and undoes it.
import { changesOf, storedAnswers, type Answers } from "../core/review/reviewAnswers";
import type { LabelSchema } from "../core/review/labelSchema";
import { isSameUser, type ReviewItem } from "../core/review/reviewQueue";
import type { AssessmentRow } from "../core/types";
import { createAssessment, deleteAssessment } from "./assessments";
import { refreshAssessments } from "./pressThumb";
import { setReviewStatus } from "./reviewQueues";
import { readRows } from "./traces";

export interface Review {
  queueId: string;
  traceId: string;
  schemas: LabelSchema[];
  answers: Answers;
  person: string;
  /** The item was open when the reviewer saved. */
  wasOpen: boolean;
}

/** What a save has changed so far, also if it failed half way: needed to undo it. */
export interface ReviewChanges {
  created: string[];
  deleted: AssessmentRow[];
  /** The save completed the item: it was open, and no other reviewer was first. */
  completed: boolean;
}

export const NO_CHANGES = (): ReviewChanges => ({ created: [], deleted: [], completed: false });

/**
 * Saves answers, and completes the item unless it is complete; returns the item, which another reviewer may have completed
 * first. It compares with what the server has, so that a repeated save after a failure writes nothing twice.
 */
export async function saveReview({ queueId, traceId, schemas, answers, person, wasOpen }: Review, changes: ReviewChanges): Promise<ReviewItem> {
  const [row] = await readRows([traceId]);
  if (!row) throw new Error("The trace does not exist any more.");
  for (const { schema, answer, before } of changesOf(schemas, storedAnswers(row.assessments, schemas, person), answers)) {
    if (answer === null) {
      await deleteAssessment(traceId, before!.row.assessment_id);
      changes.deleted.push(before!.row);
      continue;
    }
    changes.created.push(await createAssessment(traceId, {
      name: schema.name, kind: schema.type === "EXPECTATION" ? "expectation" : "feedback",
      value: answer.value, rationale: answer.comment, source_id: person, overrides: before?.row.assessment_id,
    }));
  }
  const item = await setReviewStatus(queueId, traceId, "COMPLETE", person);
  changes.completed ||= wasOpen && isSameUser(item.completed_by, person);
  await refreshAssessments([traceId]);
  return item;
}

/** Deletes what a save created, restores what it deleted, and reopens the item if the save completed it. */
export async function undoReview({ queueId, traceId, person }: Review, { created, deleted, completed }: ReviewChanges): Promise<void> {
  // Reopens first: if this fails, the answers are still complete.
  if (completed) await setReviewStatus(queueId, traceId, "PENDING", person);
  // Deleting an assessment makes the one valid again that it had overridden.
  for (const id of created) await deleteAssessment(traceId, id);
  for (const row of deleted) await createAssessment(traceId, { ...row, assessment_id: undefined });
  await refreshAssessments([traceId]);
}
