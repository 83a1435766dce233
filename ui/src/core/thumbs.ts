// Thumbs: a person's good or bad, kept as a feedback of true or false.
import type { AssessmentRow } from "./types";
import { readVerdict, type FeedbackVerdict } from "./feedbackVerdict";

/** The name people's thumbs go by here: what is in use, else `thumbs`. */
export function thumbsName(assessments: readonly AssessmentRow[]): string {
  return assessments.find(isThumb)?.name ?? "thumbs";
}

/** The newest thumb of that name on the trace as a whole. */
export function thumbOf(assessments: readonly AssessmentRow[], name: string): AssessmentRow | null {
  return assessments
    .filter((one) => isThumb(one) && one.name === name && one.span_id === null)
    .reduce<AssessmentRow | null>((newest, one) => (newest && one.update_time_ms < newest.update_time_ms ? newest : one), null);
}

/** What pressing a thumb does: the same thumb again takes it back. */
export function press(now: FeedbackVerdict, pressed: "good" | "bad"): "create" | "change" | "delete" {
  return now === null ? "create" : now === pressed ? "delete" : "change";
}

function isThumb(one: AssessmentRow): boolean {
  return one.kind === "feedback" && one.source_type === "HUMAN" && /thumb|helpful|like/i.test(one.name) && readVerdict(one.value) !== null;
}
