import { differenceText, directionOf, intervalText, isSignificant, resultText, testText, type Unit, unitOf, valueText } from "../../../core/evaluationChanges";
import { exact } from "../../../core/format";
import { LETTERS } from "../../../core/letters";
import { visible } from "../../../core/text";
import type { EvaluationComparison, RunComparison, ScoreComparison } from "../../../core/types";
import { VersionLink } from "../EvaluationLinks";

type Show = (scorer: string, only: string) => void;

/** For each scorer what the other runs won and lost against the baseline, and whether that may be chance. */
export function ComparisonSummary({ e, comparison, onFilter }: { e: string; comparison: EvaluationComparison; onFilter: Show }) {
  const { runs, comparisons } = comparison;
  const names = [...new Set(comparisons.flatMap(({ scorers }) => scorers.map(({ name }) => name)))].sort();
  const several = comparisons.length > 1;
  const versions = runs.some(({ version }) => version !== null);
  const rows = (title: string, unit: (score: ScoreComparison) => Unit, pick: (run: RunComparison) => ScoreComparison | undefined, scorer: string | null) =>
    comparisons.flatMap((run, at) => {
      const score = pick(run);
      return score ? [<SummaryRow key={`${title} ${run.run_id}`} title={title} score={score} unit={unit(score)} letter={several ? LETTERS[at + 1]! : null} scorer={scorer} onFilter={onFilter} />] : [];
    });
  return (
    <div className="comparison-summary table-scroll" tabIndex={0} role="region" aria-label="Summary">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Scorer</th>
            {several && <th scope="col">Run</th>}
            <th scope="col">Result</th>
            <th scope="col" className="num" title="The baseline, over the cases that both runs have">A</th>
            <th scope="col" className="num" title="The other run, over the same cases">{several ? "Value" : "B"}</th>
            <th scope="col" className="num">Difference</th>
            <th scope="col" className="medium-only" title="The difference of repeated evaluations would be in this interval 19 times out of 20">95 % interval</th>
            <th scope="col" className="num">Lost</th>
            <th scope="col" className="num">Won</th>
            <th scope="col" className="num medium-only">Same</th>
          </tr>
        </thead>
        <tbody>
          {names.flatMap((name) => rows(name, unitOf, ({ scorers }) => scorers.find((one) => one.name === name), name))}
          {rows("Ends without an error", () => "share", ({ failures }) => failures, null)}
          {rows("Duration, mean", () => "ms", ({ duration_ms }) => duration_ms, null)}
          {rows("Cost, mean", () => "dollars", ({ cost }) => (cost.pairs > 0 ? cost : undefined), null)}
        </tbody>
      </table>
      {versions && (
        <p className="meta comparison-versions">
          {runs.map(({ run_id, version }, at) => <span key={run_id}>{LETTERS[at]}: <VersionLink e={e} version={version} /></span>)}
        </p>
      )}
    </div>
  );
}

const LOOKS = { better: "ok-text", worse: "error-text", different: "warn-text", equal: "muted" };

function SummaryRow({ title, score, unit, letter, scorer, onFilter }: {
  title: string;
  score: ScoreComparison;
  unit: Unit;
  /** The other run, if there are several. */
  letter: string | null;
  /** The scorer that rows can be filtered by. */
  scorer: string | null;
  onFilter: Show;
}) {
  const direction = directionOf(score);
  const significant = isSignificant(score) && direction !== "equal";
  const look = significant ? LOOKS[direction] : "muted";
  const number = (only: "lost" | "won" | "same", className = "") => {
    const n = score[only];
    if (scorer === null || n === 0) return <td className={`num ${className}`}><span className={n === 0 ? "muted" : ""}>{exact(n)}</span></td>;
    return <td className={`num ${className}`}><button type="button" className="link" aria-label={`${visible(title)}: ${n} ${only}, show them`} onClick={() => onFilter(scorer, only)}>{exact(n)}</button></td>;
  };
  return (
    <tr>
      <th scope="row" className="summary-scorer"><span className="ellipsis" title={visible(title)}>{visible(title)}</span></th>
      {letter && <td>{letter}</td>}
      <td title={testText(score)} className={significant ? `${look} summary-result` : "muted summary-result"}>{resultText(score)}</td>
      <td className="num">{valueText(score.baseline, unit)}</td>
      <td className="num">{valueText(score.other, unit)}</td>
      <td className={`num ${look}`}>{differenceText(score.difference, unit)}</td>
      <td className="medium-only nowrap meta">{intervalText(score, unit)}</td>
      {number("lost")}
      {number("won")}
      {number("same", "medium-only")}
    </tr>
  );
}
