// Thumbs up and down of a person, stored as a boolean feedback.
import type { AssessmentRow } from "./types";
import { verdictOf, type FeedbackVerdict } from "./feedbackVerdict";

/** Of how many traces a thumb is given, changed or taken back. */
export type ThumbChange = "create" | "change" | "delete" | "keep";

/** The newest thumb of this person on the trace as a whole. */
export function thumbOf(assessments: readonly AssessmentRow[], name: string, person: string): AssessmentRow | null {
  return assessments
    .filter((one) => isThumb(one, name, person))
    .reduce<AssessmentRow | null>((newest, one) => (newest && one.update_time_ms < newest.update_time_ms ? newest : one), null);
}

export function isThumb(one: AssessmentRow, name: string, person: string): boolean {
  return one.kind === "feedback" && one.source_type === "HUMAN" && one.name === name && one.source_id === person && !one.span_id;
}

/** What pressing a thumb does to traces with these thumbs: pressing it where all have it takes it back. */
export function pressAll(now: readonly (AssessmentRow | null)[], pressed: "good" | "bad"): ThumbChange[] {
  const verdicts: FeedbackVerdict[] = now.map((one) => one && verdictOf(one));
  const all = verdicts.every((verdict) => verdict === pressed);
  return now.map((one, at) => (all ? "delete" : one === null ? "create" : verdicts[at] === pressed ? "keep" : "change"));
}
