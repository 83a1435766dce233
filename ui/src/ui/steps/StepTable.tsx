import { count, duration, exact, money, percent, plural } from "../../core/format";
import { visible } from "../../core/text";
import type { Side } from "../../net/analytics";
import type { Step, StepList } from "../../core/types";
import { TracesLink } from "../address/TracesLink";
import { Sparkline } from "../Sparkline";
import { DataTable, type TableColumn } from "../table/DataTable";
import { useTableSort } from "../table/useTableSort";
import { StepName } from "./StepName";
import { failedSpans, paidSpans, slowerSpans, spansOfStep, tracesOfStep } from "./stepTarget";
import "./steps.css";

export const STEPS_SORT = "-path";

/** All steps of a set of traces; each number opens the spans or traces behind it. */
export function StepTable({ experiment, list, side, by, rowKeys = false }: {
  experiment: string;
  list: StepList;
  side: Side;
  /** The field that steps are broken down by; empty for none. */
  by: string;
  rowKeys?: boolean;
}) {
  const [sort, setSort] = useTableSort(STEPS_SORT, "sort_steps");
  const slower = (step: Step, ms: number | null | undefined) => (
    <TracesLink experiment={experiment} target={spansOfStep(side, step, slowerSpans(ms))} title="Spans that took at least as long">
      {duration(ms)}
    </TracesLink>
  );
  const columns: TableColumn<Step>[] = [
    {
      id: "name", title: "Step", rowHeader: true, value: ({ name }) => name,
      cell: (step) => (
        <TracesLink experiment={experiment} target={spansOfStep(side, step)} row={rowKeys}><StepName name={step.name} type={step.span_type} /></TracesLink>
      ),
    },
    ...(by ? [{ id: "value", title: visible(by), value: ({ value }: Step) => value, cell: ({ value }: Step) => visible(value ?? "(none)") }] : []),
    {
      id: "trend", title: "Calls over time",
      cell: (step) => <Sparkline values={step.series} failed={step.error_series} label={`${plural(step.calls, "call")}, ${step.errors} failed`} />,
    },
    {
      id: "path", title: "Critical path", number: true, value: (step) => step.path_ms, hint: "The share of the time that traces waited for this step alone",
      cell: (step) => <PathShare share={step.path_share} ms={step.path_ms} />,
    },
    {
      id: "self", title: "Self time", number: true, value: (step) => step.self_ms, hint: "The time in which no child of the step ran, over all calls",
      cell: (step) => <TracesLink experiment={experiment} target={spansOfStep(side, step)}>{duration(step.self_ms)}</TracesLink>,
    },
    {
      id: "calls", title: "Calls", number: true, value: ({ calls }) => calls,
      cell: (step) => <TracesLink experiment={experiment} target={spansOfStep(side, step)}>{exact(step.calls)}</TracesLink>,
    },
    {
      id: "traces", title: "Traces", number: true, value: ({ traces }) => traces,
      cell: (step) => (
        <TracesLink experiment={experiment} target={tracesOfStep(side, step)} title={`${percent(step.traces / Math.max(list.traces, 1))} of all traces`}>
          {exact(step.traces)}
        </TracesLink>
      ),
    },
    {
      id: "errors", title: "Errors", number: true, value: ({ errors }) => errors,
      cell: (step) => (
        <TracesLink experiment={experiment} target={spansOfStep(side, step, failedSpans(step))} className={step.errors ? "error-text" : "muted"}>
          {exact(step.errors)}{step.errors ? ` (${percent(step.errors / step.calls)})` : ""}
        </TracesLink>
      ),
    },
    { id: "p50", title: "p50", number: true, value: (step) => step.p50_ms, cell: (step) => slower(step, step.p50_ms) },
    { id: "p95", title: "p95", number: true, value: (step) => step.p95_ms, cell: (step) => slower(step, step.p95_ms) },
    { id: "p99", title: "p99", number: true, value: (step) => step.p99_ms, cell: (step) => slower(step, step.p99_ms) },
    {
      id: "first", title: "First token", number: true, value: (step) => step.first_token_p50_ms, hint: "Time to first token, p50",
      cell: (step) => duration(step.first_token_p50_ms),
    },
    {
      id: "tokens", title: "Tokens", number: true, value: (step) => step.total_tokens,
      cell: (step) => (
        <TracesLink experiment={experiment} target={spansOfStep(side, step, { count: step.total_tokens, condition: "span.tokens > 0" })} title={exact(step.total_tokens)} className={step.total_tokens ? "" : "muted"}>
          {count(step.total_tokens)}
        </TracesLink>
      ),
    },
    {
      id: "cost", title: "Cost", number: true, value: ({ cost }) => cost,
      cell: (step) => (
        <TracesLink experiment={experiment} target={spansOfStep(side, step, paidSpans(step))} className={step.cost ? "" : "muted"}>{money(step.cost)}</TracesLink>
      ),
    },
  ];
  return (
    <>
      <DataTable
        label="Steps" className="steps-table" columns={columns} rows={list.steps} sort={sort} onSort={setSort} rowKeys={rowKeys}
        rowKey={(step) => JSON.stringify([step.name, step.span_type, step.value])}
      />
      {list.steps.length < list.steps_total && (
        <p className="meta">{exact(list.steps.length)} of {exact(list.steps_total)} steps: those that traces waited for longest.</p>
      )}
      {0 < list.left_out_calls && (
        <p className="meta warn-text">{plural(list.left_out_calls, "call")} of further steps are not shown: there are too many span names.</p>
      )}
    </>
  );
}

function PathShare({ share, ms }: { share: number; ms: number }) {
  return (
    <span className="path-share" title={duration(ms)}>
      <span aria-hidden className="path-bar"><span style={{ width: `${Math.min(share, 1) * 100}%` }} /></span>
      <span className="path-percent">{percent(share)}</span>
    </span>
  );
}
