import { Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { alignSpans, type AlignedSpan } from "../../../core/alignSpans";
import { count, duration, plural } from "../../../core/format";
import { visible } from "../../../core/text";
import type { SpanTree } from "../../../core/trace/spanTree";
import type { TraceRow } from "../../../core/types";
import { Button } from "../../../ui/Button";
import { Glyph } from "../../../ui/Glyph";
import { Delta } from "./Delta";
import { LETTERS } from "../../../core/letters";

const ROWS = 500;
const INDENT_PX = 16;
const DEPTH_MAX = 20;

/** All spans, aligned by position, name and order. */
export function AlignedSpanTable({ traces, trees, only, onOnly }: {
  traces: TraceRow[];
  trees: SpanTree[];
  only: boolean;
  onOnly: (only: boolean) => void;
}) {
  const rows = useMemo(() => alignSpans(trees), [trees]);
  const [rowsMax, setRowsMax] = useState(ROWS);
  const shown = only ? rows.filter(({ change }) => change !== "same") : rows;
  const others = traces.slice(1);
  const tally = (change: AlignedSpan["change"]) => rows.filter((row) => row.change === change).length;
  return (
    <section className="stack">
      <div className="row wrap">
        <h2>Spans, aligned by position, name and order</h2>
        <span className="meta">{plural(tally("added"), "added", "added")} · {plural(tally("removed"), "missing", "missing")} · {plural(tally("changed"), "changed", "changed")}</span>
        <span className="grow" />
        <Button small aria-pressed={only} onClick={() => onOnly(!only)} title="o">Differences only</Button>
      </div>
      {shown.length === 0 ? <p className="muted">The traces have the same spans, with the same outcomes and models.</p> : (
        <div className="table-scroll">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Span</th>
                {traces.map((_, at) => <th scope="col" className="num" key={at}>{LETTERS[at]}</th>)}
                {others.map((_, at) => <th scope="col" className="num" key={at}>Δ time{others.length > 1 && ` ${LETTERS[at + 1]}`}</th>)}
                {others.map((_, at) => <th scope="col" className="num medium-only" key={at}>Δ tokens{others.length > 1 && ` ${LETTERS[at + 1]}`}</th>)}
              </tr>
            </thead>
            <tbody>
              {shown.slice(0, rowsMax).map((row, at) => <SpanRow key={at} row={row} traces={traces} trees={trees} />)}
            </tbody>
          </table>
        </div>
      )}
      {shown.length > rowsMax && <div><Button onClick={() => setRowsMax(rowsMax + ROWS)}>{plural(shown.length - rowsMax, "more span")}</Button></div>}
    </section>
  );
}

function SpanRow({ row, traces, trees }: { row: AlignedSpan; traces: TraceRow[]; trees: SpanTree[] }) {
  const { spans, change } = row;
  const time = (at: number) => (spans[at]! < 0 || trees[at]!.open[spans[at]!] ? null : trees[at]!.duration[spans[at]!]! / 1000);
  const tokens = (at: number) => (spans[at]! < 0 ? null : (trees[at]!.tokens[spans[at]!] ?? null));
  const others = traces.slice(1).map((_, at) => at + 1);
  return (
    <tr className={`compare-${change}`}>
      <th scope="row">
        <span className="row" style={{ paddingLeft: Math.min(row.depth, DEPTH_MAX) * INDENT_PX }}>
          <Glyph type={row.type} />
          <span className="ellipsis">{visible(row.name)}</span>
        </span>
      </th>
      {traces.map((trace, at) => {
        const span = spans[at]!;
        if (span < 0) return <td key={at} className="num muted">–</td>;
        const failed = trees[at]!.failed[span] === 1;
        return (
          <td key={at} className={failed ? "num error-text" : "num"} title={visible(trees[at]!.error[span] ?? "")}>
            <Link className={failed ? "error-text" : ""} to="/t/$traceId" params={{ traceId: trace.trace_id }} search={{ s: trees[at]!.id[span]! } as never}>
              {duration(time(at))}
            </Link>
            {failed && <span role="img" aria-label="failed"> ✕</span>}
          </td>
        );
      })}
      {others.map((at) => (
        <td key={at} className="num">
          {spans[0]! < 0 && spans[at]! >= 0 ? "added" : spans[0]! >= 0 && spans[at]! < 0 ? "removed" : <Delta before={time(0)} now={time(at)} show={duration} />}
        </td>
      ))}
      {others.map((at) => <td key={at} className="num medium-only"><Delta before={tokens(0)} now={tokens(at)} show={count} /></td>)}
    </tr>
  );
}
