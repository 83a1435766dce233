import { changeOf, rowChanges } from "../../../core/evaluationChanges";
import { duration } from "../../../core/format";
import { LETTERS } from "../../../core/letters";
import { scoreOf } from "../../../core/scoreText";
import { visible } from "../../../core/text";
import type { ComparedRow, Evaluation } from "../../../core/types";
import { ScorePill } from "../../../ui/ScorePill";
import type { VirtualColumn } from "../../../ui/table/VirtualTable";
import { CaseOutput, CaseText } from "../CaseText";

const PILL = 78;

export type NamedRun = Pick<Evaluation, "run_id" | "name">;

/** The columns of a comparison: what changed, the input, an output for each run, and the scores of all runs. */
export function comparedColumns(runs: readonly NamedRun[], scorers: readonly string[]): VirtualColumn<ComparedRow>[] {
  return [
    { id: "change", title: "Change", width: 76, cell: (row) => <ChangeMarks row={row} /> },
    { id: "input", title: "Input", width: 170, grow: 3, cell: ({ input }) => <CaseText text={input} /> },
    ...runs.map(({ run_id, name }, at): VirtualColumn<ComparedRow> => ({
      id: run_id, title: `Output ${LETTERS[at]}`, hint: visible(name), width: 170, grow: 4, cell: ({ cases }) => <CaseOutput row={cases[at] ?? null} />,
    })),
    ...scorers.map((name): VirtualColumn<ComparedRow> => ({
      id: `s:${name}`, title: visible(name), hint: visible(name), width: runs.length * PILL + 12, cell: (row) => <ScoreChange row={row} name={name} />,
    })),
    { id: "duration", title: "Duration", width: 24 + 62 * runs.length, number: true, cell: ({ cases }) => cases.map((one) => (one ? duration(one.duration_ms) : "–")).join(" → ") },
  ];
}

/** The scores of all runs; the arrow shows whether the next one is better or worse. */
export function ScoreChange({ row, name }: { row: ComparedRow; name: string }) {
  if (!row.cases.some((one) => scoreOf(one, name))) return <span className="muted">–</span>;
  return (
    <span className="score-change">
      {row.cases.map((one, at) => {
        const change = changeOf(row, at, name);
        return (
          <span key={at} className="row">
            {at > 0 && <span className={change === "lost" ? "error-text" : change === "won" ? "ok-text" : "muted"} title={change} aria-label={change ?? "not compared"} role="img">→</span>}
            <ScorePill score={scoreOf(one, name)} />
          </span>
        );
      })}
    </span>
  );
}

/** How many scores a case lost and won. */
export function ChangeMarks({ row }: { row: ComparedRow }) {
  const { lost, won, changed, failure, isPartial } = rowChanges(row);
  const [losses, wins] = [lost.length + Number(failure === "lost"), won.length + Number(failure === "won")];
  const words = [
    ...(failure === "lost" ? ["fails now"] : failure === "won" ? ["no longer fails"] : []),
    ...(lost.length ? [`lost: ${lost.map(visible).join(", ")}`] : []),
    ...(won.length ? [`won: ${won.map(visible).join(", ")}`] : []),
    ...(changed.length ? [`changed: ${changed.map(visible).join(", ")}`] : []),
    ...(isPartial ? ["not in all runs"] : []),
  ].join("; ");
  return (
    <span className="change-marks" title={words || "same"}>
      {losses > 0 && <span className="error-text" aria-hidden>▼{losses}</span>}
      {wins > 0 && <span className="ok-text" aria-hidden>▲{wins}</span>}
      {losses + wins === 0 && <span className="muted" aria-hidden>{changed.length > 0 ? "≠" : isPartial ? "◦" : "="}</span>}
      <span className="visually-hidden">{words || "same"}</span>
    </span>
  );
}

/** A row on a narrow screen, which may have no room for all scorers: lost scores are first. */
export function comparedLines(scorers: readonly string[]): (row: ComparedRow) => React.ReactNode {
  return function ComparedLines(row) {
    const isLost = (name: string) => Number(row.changes.some((changes) => changes[name] === "lost"));
    const shown = scorers.filter((name) => row.cases.some((one) => scoreOf(one, name))).toSorted((a, b) => isLost(b) - isLost(a));
    return (
      <>
        <span className="row"><ChangeMarks row={row} /><b className="ellipsis">{visible(row.input ?? "")}</b></span>
        {row.cases.slice(0, 2).map((one, at) => <span key={at} className="row compared-line"><b>{LETTERS[at]}</b><span className="ellipsis">{visible((one?.state === "ERROR" ? one.error?.message : one?.output) ?? "–")}</span></span>)}
        <span className="case-scores">
          {shown.map((name) => (
            <span key={name} className="case-score"><span className="meta ellipsis">{visible(name)}</span> <ScoreChange row={row} name={name} /></span>
          ))}
        </span>
      </>
    );
  };
}
