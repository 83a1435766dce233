import { changeOf } from "../../../core/evaluationChanges";
import { LETTERS } from "../../../core/letters";
import { isNotJudged } from "../../../core/feedbackVerdict";
import { scoreOf } from "../../../core/scoreText";
import { visible } from "../../../core/text";
import type { AssessmentRow, ComparedRow, Evaluation } from "../../../core/types";
import { useSpanTrees } from "../../../net/comparedTraces";
import { Answers } from "../../../ui/compare/Answers";
import { ScorePill } from "../../../ui/ScorePill";
import { ErrorState, LoadingRows } from "../../../ui/State";
import { CaseOutput, wholeValue } from "../CaseText";

/** The scores of a case in all runs with their rationales, what was expected, and the outputs with their changes. */
export function RowDetails({ runs, row }: { runs: Evaluation[]; row: ComparedRow }) {
  const sides = row.cases.flatMap((one, at) => (one ? [{ ...one, letter: LETTERS[at]! }] : []));
  const { trees, error, refetch } = useSpanTrees(sides.map(({ trace_id }) => trace_id));
  const whole = trees.filter((tree) => tree !== undefined);
  const failed = sides.filter(({ state }) => state === "ERROR");
  return (
    <div className="case-details">
      <Scores runs={runs} row={row} />
      {failed.map((one) => <p key={one.letter} className="row"><b>{one.letter} failed</b> <CaseOutput row={one} /></p>)}
      <Expectations expectations={row.cases.flatMap((one) => one?.expectations ?? [])} />
      {error ? <ErrorState error={error} doing="load the outputs" onRetry={refetch} />
        : whole.length < sides.length ? <LoadingRows rows={6} />
        : <Answers traces={sides.map(({ trace_id, output }) => ({ trace_id, input: row.input, output }))} letters={sides.map(({ letter }) => letter)} trees={whole} sideBySide={false} />}
    </div>
  );
}

function Scores({ runs, row }: { runs: Evaluation[]; row: ComparedRow }) {
  const names = [...new Set(row.cases.flatMap((one) => Object.keys(one?.scores ?? {})))].sort();
  if (names.length === 0) return null;
  return (
    <section className="stack">
      <h2>Scores</h2>
      <div className="table-scroll" tabIndex={0} role="region" aria-label="Scores of the case">
        <table className="table case-table">
          <thead>
            <tr>
              <th scope="col">Scorer</th>
              {runs.map(({ run_id, name }, at) => <th scope="col" key={run_id} title={visible(name)}>{LETTERS[at]}</th>)}
            </tr>
          </thead>
          <tbody>
            {names.map((name) => (
              <tr key={name}>
                <th scope="row">{visible(name)}</th>
                {row.cases.map((one, at) => <td key={at} className="case-rationale"><Score score={scoreOf(one, name)} change={changeOf(row, at, name)} /></td>)}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Score({ score, change }: { score: AssessmentRow | undefined; change: string | undefined }) {
  if (!score) return <span className="muted">no score</span>;
  return (
    <>
      <span className="row">
        <ScorePill score={score} />
        {change === "lost" && <span className="error-text">lost</span>}
        {change === "won" && <span className="ok-text">won</span>}
        {change === "changed" && <span className="warn-text">changed</span>}
      </span>
      <span className="case-why">{visible((isNotJudged(score) ? score.error : score.rationale) ?? "")}</span>
    </>
  );
}

/** The expectations of all runs; equal ones once. */
function Expectations({ expectations }: { expectations: AssessmentRow[] }) {
  const texts = new Map(expectations.map((one) => [`${one.name}: ${wholeValue(one)}`, one]));
  if (texts.size === 0) return null;
  return (
    <section className="stack">
      <h2>Expected</h2>
      <dl className="case-expectations">
        {[...texts].map(([text, one]) => <div key={text}><dt className="meta">{visible(one.name)}</dt><dd>{visible(wholeValue(one))}</dd></div>)}
      </dl>
    </section>
  );
}
