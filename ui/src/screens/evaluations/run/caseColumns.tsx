import { duration, money } from "../../../core/format";
import { scoreOf } from "../../../core/scoreText";
import { visible } from "../../../core/text";
import type { EvaluationCase } from "../../../core/types";
import { Outcome } from "../../../ui/Outcome";
import { ScorePill } from "../../../ui/ScorePill";
import type { VirtualColumn } from "../../../ui/table/VirtualTable";
import { CaseExpectations, CaseOutput, CaseText } from "../CaseText";

/** The columns of the cases of one evaluation; `hasExpectations` is whether any of them has one. */
export function caseColumns(scorers: readonly string[], hasExpectations: boolean): VirtualColumn<EvaluationCase>[] {
  return [
    { id: "outcome", title: <span className="visually-hidden">Outcome</span>, width: 32, cell: (row) => <CaseOutcome row={row} /> },
    { id: "input", title: "Input", width: 180, grow: 3, cell: ({ input, name }) => <CaseText text={input ?? name} /> },
    { id: "output", title: "Output", width: 200, grow: 4, cell: (row) => <CaseOutput row={row} /> },
    ...(hasExpectations ? [{ id: "expectation", title: "Expectation", width: 150, grow: 3, cell: ({ expectations }: EvaluationCase) => <CaseExpectations expectations={expectations} /> }] : []),
    ...scorers.map((name): VirtualColumn<EvaluationCase> => ({
      id: `s:${name}`, title: visible(name), hint: visible(name), width: 124, orders: [`s:${name}`, `-s:${name}`], cell: (row) => <ScorePill score={scoreOf(row, name)} />,
    })),
    { id: "duration", title: "Duration", width: 84, number: true, orders: ["-duration", "duration"], cell: ({ duration_ms }) => duration(duration_ms) },
    { id: "cost", title: "Cost", width: 84, number: true, orders: ["-cost", "cost"], cell: ({ cost }) => money(cost) },
  ];
}

export function CaseOutcome({ row }: { row: EvaluationCase }) {
  return <Outcome outcome={row.state === "ERROR" ? "error" : row.state === "IN_PROGRESS" ? "running" : "ok"} />;
}

/** A case on a narrow screen: input, output and scores. */
export function caseLines(scorers: readonly string[]): (row: EvaluationCase) => React.ReactNode {
  return function CaseLines(row) {
    return (
      <>
        <span className="row"><CaseOutcome row={row} /><b className="ellipsis">{visible(row.input ?? row.name ?? row.trace_id)}</b></span>
        <CaseOutput row={row} />
        <span className="case-scores">
          {scorers.filter((name) => scoreOf(row, name)).map((name) => (
            <span key={name} className="case-score"><span className="meta ellipsis">{visible(name)}</span> <ScorePill score={scoreOf(row, name)} /></span>
          ))}
        </span>
      </>
    );
  };
}
