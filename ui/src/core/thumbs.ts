// Thumbs up and down of a person, stored as a boolean feedback.
import type { AssessmentRow } from "./types";
import { readVerdict, type FeedbackVerdict } from "./feedbackVerdict";

/** The feedback name for thumbs: the one in use, else `thumbs`. */
export function thumbsName(assessments: readonly AssessmentRow[]): string {
  return assessments.find(isThumb)?.name ?? "thumbs";
}

/** The newest thumb of that name on the trace as a whole. */
export function thumbOf(assessments: readonly AssessmentRow[], name: string): AssessmentRow | null {
  return assessments
    .filter((one) => isThumb(one) && one.name === name && one.span_id === null)
    .reduce<AssessmentRow | null>((newest, one) => (newest && one.update_time_ms < newest.update_time_ms ? newest : one), null);
}

/** The effect of pressing a thumb: pressing the same one again deletes the feedback. */
export function press(now: FeedbackVerdict, pressed: "good" | "bad"): "create" | "change" | "delete" {
  return now === null ? "create" : now === pressed ? "delete" : "change";
}

function isThumb(one: AssessmentRow): boolean {
  return one.kind === "feedback" && one.source_type === "HUMAN" && /thumb|helpful|like/i.test(one.name) && readVerdict(one.value) !== null;
}
