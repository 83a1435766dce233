// Whether a feedback value is positive or negative: scorers write yes and no in different words.

const GOOD = new Set(["true", "yes", "pass", "passed", "good", "correct", "positive", "up", "thumbs_up", "thumbs up", "1"]);
const BAD = new Set(["false", "no", "fail", "failed", "bad", "incorrect", "negative", "down", "thumbs_down", "thumbs down", "0"]);

export type FeedbackVerdict = "good" | "bad" | null;

/** Numbers are neither: only their scorer knows which ones are good. */
export function readVerdict(value: unknown): FeedbackVerdict {
  if (typeof value === "boolean") return value ? "good" : "bad";
  if (typeof value !== "string") return null;
  const word = value.trim().toLowerCase();
  return GOOD.has(word) ? "good" : BAD.has(word) ? "bad" : null;
}
