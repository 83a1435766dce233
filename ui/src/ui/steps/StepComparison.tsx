import { duration, exact, money, percent } from "../../core/format";
import { significanceText } from "../../core/significance";
import { type Change, kindOf, type Measure, presence, stepChanges, type StepChange } from "../../core/stepChanges";
import type { Side } from "../../net/analytics";
import { useSteps } from "../../net/steps";
import type { Step, StepList } from "../../core/types";
import { TracesLink } from "../address/TracesLink";
import { ErrorState, LoadingRows } from "../State";
import { DataTable, type TableColumn } from "../table/DataTable";
import { useTableSort } from "../table/useTableSort";
import { StepName } from "./StepName";
import { StepsCoverage } from "./StepsView";
import { failedSpans, paidSpans, slowerSpans, type SpansOfStep, spansOfStep } from "./stepTarget";
import "./steps.css";

/** Compares the steps of two sides: which are new, gone, slower, called more often, or cost more. */
export default function StepComparison({ experiment, sides }: { experiment: string; sides: { a: Side; b: Side } }) {
  const [a, b] = [useSteps(experiment, sides.a, ""), useSteps(experiment, sides.b, "")];
  const failed = [a, b].find(({ error }) => error);
  if (failed) return <ErrorState error={failed.error} doing="load the steps" onRetry={() => void failed.refetch()} />;
  if (!a.data || !b.data) return <LoadingRows rows={10} />;
  return (
    <>
      {!(a.data.complete && b.data.complete) && <StepsCoverage list={a.data.complete ? b.data : a.data} utc={sides.a.utc} />}
      <ChangeTable experiment={experiment} a={a.data} b={b.data} sides={sides} />
    </>
  );
}

type Sides = { a: Side; b: Side };

function ChangeTable({ experiment, a, b, sides }: { experiment: string; a: StepList; b: StepList; sides: Sides }) {
  const [sort, setSort] = useTableSort("-path", "sort_steps");
  const rows = stepChanges(a, b);
  const both = (
    id: string, title: string, hint: string, value: (step: Step) => number | null | undefined, text: (value: number | null | undefined) => string,
    which: (step: Step) => SpansOfStep = () => ({}),
  ): TableColumn<StepChange> => {
    const link = (side: Side, step: Step | null) => (
      <TracesLink experiment={experiment} target={step && spansOfStep(side, step, which(step))}>{step ? text(value(step)) : "–"}</TracesLink>
    );
    return {
      id, title, hint, number: true, value: (row) => (row.b ? value(row.b) : null),
      cell: (row) => (
        <>
          {link(sides.a, row.a)}
          <span aria-hidden> → </span><span className="visually-hidden"> to </span>
          {link(sides.b, row.b)}
        </>
      ),
    };
  };
  const columns: TableColumn<StepChange>[] = [
    { id: "name", title: "Step", rowHeader: true, value: ({ name }) => name, cell: (row) => <StepName name={row.name} type={row.span_type} /> },
    { id: "change", title: "From A to B", value: (row) => ORDER[kindOf(row)], cell: (row) => <Changes row={row} tracesA={a.traces} tracesB={b.traces} /> },
    both("path", "Critical path", "The share of the time that traces waited for this step alone", (step) => step.path_share, percent),
    both("calls", "Calls per trace", "Mean over all traces", (step) => step.calls_per_trace.mean, (value) => (value == null ? "–" : exact(value))),
    both("p50", "p50", "Duration of a call", (step) => step.p50_ms, duration, ({ p50_ms }) => slowerSpans(p50_ms)),
    both("p95", "p95", "Duration of a call", (step) => step.p95_ms, duration, ({ p95_ms }) => slowerSpans(p95_ms)),
    both("errors", "Errors", "Share of failed calls", (step) => step.errors / step.calls, percent, failedSpans),
    both("cost", "Cost per call", "Mean over calls with a cost", (step) => step.cost_per_call.mean, money, paidSpans),
  ];
  if (rows.length === 0) return <p className="muted">Neither side has spans.</p>;
  return (
    <DataTable
      label="Steps of both sides" className="steps-table" columns={columns} rows={rows} sort={sort} onSort={setSort}
      rowKey={(row) => JSON.stringify([row.name, row.span_type])}
    />
  );
}

const ORDER = { new: 0, gone: 1, changed: 2, same: 3 };

/** The words for a measure that has grown, and for one that has shrunk. */
const WORDS: Record<Measure, [string, string]> = {
  duration: ["slower", "faster"],
  calls: ["called more often", "called less often"],
  cost: ["more expensive", "cheaper"],
  errors: ["fails more often", "fails less often"],
};

function Changes({ row, tracesA, tracesB }: { row: StepChange; tracesA: number; tracesB: number }) {
  const kind = kindOf(row);
  if (kind === "new" || kind === "gone") {
    const verdict = presence(row, tracesA, tracesB);
    return (
      <span className="step-changes">
        <strong>{kind === "new" ? "New in B" : "Gone in B"}</strong>
        {verdict !== "significant" && <span className="muted">{significanceText(verdict, tracesA, tracesB)}</span>}
      </span>
    );
  }
  const shown = row.changes.filter((change) => change.significance === "significant" || isLarge(change));
  if (shown.length === 0) return <span className="muted">about the same</span>;
  return (
    <span className="step-changes">
      {shown.map((change) => {
        const grew = (change.a ?? 0) < (change.b ?? 0);
        const chance = change.significance !== "significant";
        return (
          <span key={change.measure} className={chance ? "muted" : grew ? "warn-text" : "ok-text"}>
            {WORDS[change.measure][grew ? 0 : 1]}{chance && ` (${change.significance})`}
          </span>
        );
      })}
    </span>
  );
}

/** Whether a change is large enough to be listed although it may be chance. */
function isLarge({ a, b }: Change): boolean {
  if (a === null || b === null || a === b) return false;
  const [low, high] = [Math.min(a, b), Math.max(a, b)];
  return low === 0 || 1.2 < high / low;
}
