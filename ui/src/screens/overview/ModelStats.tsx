import { TracesLink } from "../../ui/address/TracesLink";
import { count, duration, exact, money } from "../../core/format";
import { joinFilters } from "../../core/joinFilters";
import { visible } from "../../core/text";
import type { RangeText } from "../../core/timeRange";
import type { ModelStat } from "../../core/types";
import { FailedCalls } from "./FailedCalls";

/** Model usage, the most expensive first. */
export function ModelStats({ experiment, models, q, range }: { experiment: string; models: ModelStat[]; q: string; range: RangeText }) {
  const rows = models.toSorted((a, b) => b.cost - a.cost || b.calls - a.calls);
  return (
    <section className="stack" aria-labelledby="models">
      <h2 id="models">Models</h2>
      {rows.length === 0 ? <p className="muted">No model calls in this time range.</p> : (
        <div className="table-scroll" tabIndex={0} role="region" aria-labelledby="models">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Model</th>
                <th scope="col">Provider</th>
                <th scope="col" className="num">Calls</th>
                <th scope="col" className="num">Errors</th>
                <th scope="col" className="num">p50</th>
                <th scope="col" className="num">p95</th>
                <th scope="col" className="num" title="Time to first token, p50">First token</th>
                <th scope="col" className="num">Tokens in</th>
                <th scope="col" className="num">Tokens out</th>
                <th scope="col" className="num">Cost</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => {
                const target = (count: number, extra = "") => ({ q: joinFilters(q, row.filter + extra), range, count });
                return (
                  <tr key={`${row.provider}/${row.model}`}>
                    <th scope="row"><TracesLink experiment={experiment} target={target(row.calls)}>{visible(row.model)}</TracesLink></th>
                    <td className="muted">{visible(row.provider ?? "–")}</td>
                    <td className="num">{exact(row.calls)}</td>
                    <FailedCalls experiment={experiment} target={target(row.errors, " AND span.status = 'ERROR'")} calls={row.calls} />
                    <td className="num">{duration(row.p50_ms)}</td>
                    <td className="num">{duration(row.p95_ms)}</td>
                    <td className="num">{duration(row.first_token_p50_ms)}</td>
                    <td className="num" title={exact(row.input_tokens)}>{count(row.input_tokens)}</td>
                    <td className="num" title={exact(row.output_tokens)}>{count(row.output_tokens)}</td>
                    <td className="num">{money(row.cost)}</td>
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
