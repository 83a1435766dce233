import { TracesLink } from "../../ui/address/TracesLink";
import { duration, exact, plural } from "../../core/format";
import { joinFilters } from "../../core/joinFilters";
import { visible } from "../../core/text";
import type { RangeText } from "../../core/timeRange";
import type { SpanStat } from "../../core/types";
import { Sparkline } from "../../ui/Sparkline";
import { FailedCalls } from "./FailedCalls";

/** Tools or retrievers by name, those that fail most first. */
export function SpanStats({ id, title, none, experiment, spans, q, range }: {
  id: string;
  title: string;
  none: string;
  experiment: string;
  spans: SpanStat[];
  q: string;
  range: RangeText;
}) {
  const rows = spans.toSorted((a, b) => b.errors - a.errors || b.calls - a.calls);
  return (
    <section className="stack" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {rows.length === 0 ? <p className="muted">{none}</p> : (
        <div className="table-scroll" tabIndex={0} role="region" aria-labelledby={id}>
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">Calls over time</th>
                <th scope="col" className="num">Calls</th>
                <th scope="col" className="num">Errors</th>
                <th scope="col" className="num">Traces</th>
                <th scope="col" className="num">p50</th>
                <th scope="col" className="num">p95</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => {
                const target = (count: number, extra = "") => ({ q: joinFilters(q, row.filter + extra), range, count });
                return (
                  <tr key={row.name}>
                    <th scope="row"><TracesLink experiment={experiment} target={target(row.traces)}>{visible(row.name)}</TracesLink></th>
                    <td><Sparkline values={row.series} failed={row.error_series} label={`${plural(row.calls, "call")}, ${row.errors} failed`} /></td>
                    <td className="num">{exact(row.calls)}</td>
                    <FailedCalls experiment={experiment} target={target(row.errors, " AND span.status = 'ERROR'")} calls={row.calls} />
                    <td className="num">{exact(row.traces)}</td>
                    <td className="num">{duration(row.p50_ms)}</td>
                    <td className="num">{duration(row.p95_ms)}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
