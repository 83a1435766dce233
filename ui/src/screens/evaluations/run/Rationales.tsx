import { isNotJudged, verdictOf } from "../../../core/feedbackVerdict";
import { visible } from "../../../core/text";
import type { AssessmentRow, EvaluationCase } from "../../../core/types";
import { ScorePill } from "../../../ui/ScorePill";

const RANKS = { bad: 0, good: 3 };

/** Scores that say something, the bad ones first. */
function explained(scores: Record<string, AssessmentRow>): AssessmentRow[] {
  const rank = (score: AssessmentRow) => { const verdict = verdictOf(score); return verdict ? RANKS[verdict] : isNotJudged(score) ? 1 : 2; };
  return Object.values(scores).filter(({ rationale, error }) => rationale || error).sort((a, b) => rank(a) - rank(b));
}

/** The rationales of the case under the cursor, so that keys show what the pointer shows by hovering. */
export function Rationales({ row }: { row: EvaluationCase | null }) {
  const scores = row ? explained(row.scores) : [];
  return (
    <div className="rationales" role="status">
      {!row ? <span className="muted">Move to a case with j and k to see its rationales here; Enter opens its trace.</span>
        : scores.length === 0 ? <span className="muted">No rationales.</span>
        : scores.slice(0, 3).map((score) => (
          <span key={score.name} className="rationale">
            <b className="ellipsis">{visible(score.name)}</b> <ScorePill score={score} />
            <span className="ellipsis">{visible(score.rationale ?? score.error ?? "")}</span>
          </span>
        ))}
    </div>
  );
}
