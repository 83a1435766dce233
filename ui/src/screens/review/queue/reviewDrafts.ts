// Answers that are not saved yet, kept in this browser so that neither a reload nor a failed save loses them.
import type { Answers } from "../../../core/review/reviewAnswers";
import { readPreference, writePreference } from "../../../ui/browser/preferences";

const keyOf = (queueId: string, person: string, traceId: string) => `review.draft.${queueId}.${person.toLowerCase()}.${traceId}`;

export function readDraft(queueId: string, person: string, traceId: string): Answers | null {
  try {
    const text = readPreference(keyOf(queueId, person, traceId));
    const draft: unknown = text === null ? null : JSON.parse(text);
    return typeof draft === "object" && draft !== null ? (draft as Answers) : null;
  } catch {
    return null;
  }
}

export function writeDraft(queueId: string, person: string, traceId: string, answers: Answers | null): void {
  writePreference(keyOf(queueId, person, traceId), answers && JSON.stringify(answers));
}
