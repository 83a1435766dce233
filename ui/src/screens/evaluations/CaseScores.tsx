import { isNotJudged } from "../../core/feedbackVerdict";
import { visible } from "../../core/text";
import type { EvaluationCase } from "../../core/types";
import { ScorePill } from "../../ui/ScorePill";
import { wholeValue } from "./CaseText";

/** The scores of a case with their rationales, and what was expected. */
export function CaseScores({ row }: { row: EvaluationCase }) {
  const scores = Object.values(row.scores);
  if (scores.length + row.expectations.length === 0) return null;
  return (
    <details className="case-notes" open>
      <summary>Scores of this case</summary>
      <table className="table case-table">
        <tbody>
          {scores.map((score) => (
            <tr key={`score ${score.name}`}>
              <th scope="row">{visible(score.name)}</th>
              <td><ScorePill score={score} /></td>
              <td className="case-rationale">{visible((isNotJudged(score) ? score.error : score.rationale) ?? "") || <span className="muted">No rationale.</span>}</td>
            </tr>
          ))}
          {row.expectations.map((expectation) => (
            <tr key={`expectation ${expectation.name}`}>
              <th scope="row">{visible(expectation.name)}</th>
              <td className="meta">expected</td>
              <td className="case-rationale">{visible(wholeValue(expectation))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
