// Thumbs up and down of a user, stored as a boolean feedback.
import type { AssessmentRow } from "./types";
import { verdictOf, type FeedbackVerdict } from "./feedbackVerdict";

/** The change that pressing a thumb makes to one trace. */
export type ThumbChange = "create" | "change" | "delete" | "keep";

/** The newest thumb of this user on the trace as a whole, not on a span. */
export function thumbOf(assessments: readonly AssessmentRow[], name: string, person: string): AssessmentRow | null {
  return assessments
    .filter((one) => isThumb(one, name, person))
    .reduce<AssessmentRow | null>((newest, one) => (newest && one.update_time_ms < newest.update_time_ms ? newest : one), null);
}

export function isThumb(one: AssessmentRow, name: string, person: string): boolean {
  return one.kind === "feedback" && one.source_type === "HUMAN" && one.name === name && one.source_id === person && !one.span_id;
}

/** The changes that pressing a thumb makes to traces with these thumbs. If all have it already, it is deleted. */
export function pressAll(now: readonly (AssessmentRow | null)[], pressed: "good" | "bad"): ThumbChange[] {
  const verdicts: FeedbackVerdict[] = now.map((one) => one && verdictOf(one));
  const all = verdicts.every((verdict) => verdict === pressed);
  return now.map((one, at) => (all ? "delete" : one === null ? "create" : verdicts[at] === pressed ? "keep" : "change"));
}
