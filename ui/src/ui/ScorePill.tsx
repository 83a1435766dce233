import { isNotJudged, verdictOf } from "../core/feedbackVerdict";
import { scoreText } from "../core/scoreText";
import { visible } from "../core/text";
import type { AssessmentRow } from "../core/types";

const SIGNS = { good: "✓ ", bad: "✕ " };

/** The value of a score with its verdict; the rationale on hover. The name is in the title of its column. */
export function ScorePill({ score }: { score: AssessmentRow | undefined }) {
  if (!score) return <span className="muted" title="No score">–</span>;
  const failed = isNotJudged(score);
  const verdict = verdictOf(score);
  const text = failed ? "? failed" : `${verdict ? SIGNS[verdict] : ""}${scoreText(score)}`;
  return (
    <span className={`badge ${failed ? "not-judged" : verdict === "good" ? "ok" : verdict === "bad" ? "error" : ""}`} title={scoreTitle(score)}>
      <span className="ellipsis">{text}</span>
    </span>
  );
}

/** The whole score in words: name, value, rationale or error. */
export function scoreTitle(score: AssessmentRow): string {
  const value = isNotJudged(score) ? `could not judge: ${visible(score.error ?? "")}` : scoreText(score);
  return `${visible(score.name)}: ${value}${score.rationale ? ` – ${visible(score.rationale)}` : ""}`;
}
