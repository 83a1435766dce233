// The state of a scorer as short texts.
import { feedbackField } from "../feedbackField";
import { duration, percent, plural } from "../format";
import type { ListedScorer, TrialFeedback } from "../types";

/** `25 %`, or `Stopped`. */
export function samplingText({ sample_rate }: Pick<ListedScorer, "sample_rate">): string {
  return 0 < sample_rate ? percent(sample_rate) : "Stopped";
}

/** `12 traces, oldest 4.00 s`; a dash if none wait. */
export function waitingText({ waiting, lag_ms, session_level }: Pick<ListedScorer, "waiting" | "lag_ms" | "session_level">): string {
  if (waiting === 0) return "–";
  const count = plural(waiting, session_level ? "session" : "trace");
  return lag_ms === null ? count : `${count}, oldest ${duration(Math.floor(lag_ms / 1000) * 1000)}`;
}

/** A rate as typed in percent. */
export function rateText(rate: number): string {
  return String(Number((rate * 100).toFixed(6)));
}

/** The rate of a text in percent, from 0 to 1; `null` if it is not valid. */
export function rateOf(text: string): number | null {
  const trimmed = text.trim().replace(/\s*%$/, "");
  const value = Number(trimmed);
  return trimmed !== "" && 0 <= value && value <= 100 ? value / 100 : null;
}

/** Whether the feedback passes; `null` if it is neither. */
export function passes({ value, error }: Pick<TrialFeedback, "value" | "error">): boolean | null {
  if (error !== null) return null;
  const word = typeof value === "string" ? value.toLowerCase() : value;
  if (word === true || word === "yes" || word === "pass" || word === "true") return true;
  if (word === false || word === "no" || word === "fail" || word === "false") return false;
  return null;
}

/** Whether two results are the same, whatever their reasons. */
export function isSameResult(a: readonly TrialFeedback[], b: readonly TrialFeedback[]): boolean {
  const values = (feedback: readonly TrialFeedback[]) => JSON.stringify(feedback.map(({ value, error }) => [value ?? null, error !== null]));
  return values(a) === values(b);
}

/** The filter of the traces that have feedback of a scorer. */
export function scoredFilter(name: string): string {
  return `${feedbackField(name)} IS NOT NULL`;
}
