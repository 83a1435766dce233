import { Link } from "@tanstack/react-router";
import { type AlignedInput, scoreChange, scoreOf } from "../../core/alignRuns";
import { duration } from "../../core/format";
import { visible } from "../../core/text";
import type { TraceRow } from "../../core/types";
import { AssessmentBadge } from "../../ui/Assessment";
import { DataTable, type TableColumn } from "../../ui/table/DataTable";
import { useTableSort } from "../../ui/table/useTableSort";

const CHANGE_ORDER = { worse: 0, better: 1, same: 2 };

/** The inputs of two runs with the outputs and scores of both. Sorted by a scorer, inputs with worse scores come first. */
export function AlignedInputs({ rows, scorers }: { rows: AlignedInput[]; scorers: string[] }) {
  const [sort, setSort] = useTableSort("");
  const columns: TableColumn<AlignedInput>[] = [
    {
      id: "input", title: "Input", value: ({ input }) => input, rowHeader: true, className: "aligned-text",
      cell: ({ input, a, b }) => a && b
        ? <Link data-row to="/compare" search={{ a: a.trace_id, b: b.trace_id } as never} title="Compare the two traces">{visible(input)}</Link>
        : <span>{visible(input)}</span>,
    },
    { id: "a", title: "A", className: "aligned-text", cell: ({ a }) => <Output row={a} /> },
    { id: "b", title: "B", className: "aligned-text", cell: ({ b }) => <Output row={b} /> },
    ...scorers.map((name): TableColumn<AlignedInput> => ({
      id: `score:${name}`, title: visible(name),
      value: ({ a, b }) => { const change = scoreChange(scoreOf(a, name), scoreOf(b, name)); return change && CHANGE_ORDER[change]; },
      cell: ({ a, b }) => <Scores a={a} b={b} name={name} />,
    })),
    {
      id: "duration", title: "Duration", number: true, value: ({ a, b }) => (a?.duration_ms != null && b?.duration_ms != null ? b.duration_ms - a.duration_ms : null),
      cell: ({ a, b }) => <>{duration(a?.duration_ms)} → {duration(b?.duration_ms)}</>,
    },
  ];
  const keys = new Map(rows.map((row, at) => [row, String(at)]));
  return <DataTable label="Inputs of the two runs" columns={columns} rows={rows} rowKey={(row) => keys.get(row)!} sort={sort} onSort={setSort} rowKeys />;
}

function Output({ row }: { row: TraceRow | null }) {
  if (!row) return <span className="muted">not run</span>;
  const failed = row.state === "ERROR";
  const text = failed && row.error ? `${row.error.span}: ${row.error.message ?? "failed"}` : row.output;
  return <Link to="/t/$traceId" params={{ traceId: row.trace_id }} className={failed ? "error-text" : "plain-link"}>{visible(text ?? "–")}</Link>;
}

function Scores({ a, b, name }: { a: TraceRow | null; b: TraceRow | null; name: string }) {
  const [before, now] = [scoreOf(a, name), scoreOf(b, name)];
  const change = scoreChange(before, now);
  return (
    <span className="row nowrap">
      {before ? <AssessmentBadge assessment={before} /> : <span className="muted">–</span>}
      <span aria-hidden>→</span>
      {now ? <AssessmentBadge assessment={now} /> : <span className="muted">–</span>}
      {change !== null && change !== "same" && <span className={change === "better" ? "ok-text" : "error-text"}>{change}</span>}
    </span>
  );
}
