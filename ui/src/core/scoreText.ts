// Scores of evaluations as short texts.
import { plain } from "./chart";
import { percent } from "./format";
import { shorten, visible } from "./text";
import type { AssessmentRow, EvaluationCase, FeedbackStat } from "./types";

const VALUE_CHARS_MAX = 40;

/** The score that a scorer gave to a case. Names such as `constructor` are properties of every object. */
export function scoreOf(row: Pick<EvaluationCase, "scores"> | null | undefined, name: string): AssessmentRow | undefined {
  return row && Object.hasOwn(row.scores, name) ? row.scores[name] : undefined;
}

/** The value of a score: `yes`, `0.83`, `{"a": 1}`. */
export function scoreText({ value }: Pick<AssessmentRow, "value">): string {
  if (typeof value === "number") return plain(value);
  if (value === true || value === false) return value ? "yes" : "no";
  const text = typeof value === "string" ? value : JSON.stringify(value) ?? "null";
  return shorten(visible(text.replace(/\s+/g, " ").trim()), VALUE_CHARS_MAX);
}

/** All values of a scorer in one figure: the pass rate, the mean, or the most frequent value. */
export function scorerFigure({ pass_rate, mean, values }: Pick<FeedbackStat, "pass_rate" | "mean" | "values">): string {
  if (pass_rate !== null) return percent(pass_rate);
  if (mean !== null) return plain(mean);
  return values[0] ? shorten(visible(values[0].value), VALUE_CHARS_MAX) : "–";
}
