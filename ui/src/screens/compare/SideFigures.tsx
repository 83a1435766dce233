import type { ReactNode } from "react";
import { TracesLink } from "../../ui/address/TracesLink";
import { shareDifference, significanceText } from "../../core/significance";
import { count, duration, exact, money, percent } from "../../core/format";
import { joinFilters } from "../../core/joinFilters";
import type { Side } from "../../net/analytics";
import type { Distributions, Figures } from "../../core/types";
import { FigureChange } from "../../ui/FigureChange";
import { SidesHead } from "./SidesHead";

interface Row {
  name: string;
  value: (side: Distributions) => number | null;
  text: (value: number | null) => string;
  better?: "up" | "down";
  /** A share of all traces: its difference is shown in percentage points, with its significance. */
  share?: boolean;
  filter?: string;
  sort?: string;
}

const perTrace = (pick: (figures: Figures) => number) => ({ figures }: Distributions) => (figures.traces ? pick(figures) / figures.traces : null);

const ROWS: Row[] = [
  { name: "Traces", value: ({ figures }) => figures.traces, text: exact },
  { name: "Error rate", value: perTrace((f) => f.errors), text: percent, better: "down", share: true, filter: "status = 'ERROR'" },
  { name: "Recovered", value: perTrace((f) => f.recovered), text: percent, better: "down", share: true, filter: "status = 'OK' AND span.status = 'ERROR'" },
  { name: "Duration, p50", value: ({ figures }) => figures.p50_ms, text: duration, better: "down" },
  { name: "Duration, p95", value: ({ figures }) => figures.p95_ms, text: duration, better: "down", sort: "execution_time DESC" },
  { name: "Duration, p99", value: ({ figures }) => figures.p99_ms, text: duration, better: "down", sort: "execution_time DESC" },
  { name: "Tokens per trace, median", value: ({ tokens }) => tokens.p50, text: count, sort: "tokens DESC" },
  { name: "Tokens per trace, mean", value: perTrace((f) => f.total_tokens), text: count, sort: "tokens DESC" },
  { name: "Cost per trace, median", value: ({ cost }) => cost.p50, text: money, better: "down", sort: "cost DESC" },
  { name: "Cost per trace, mean", value: perTrace((f) => f.cost), text: money, better: "down", sort: "cost DESC" },
  { name: "Total cost", value: ({ figures }) => figures.cost, text: money, sort: "cost DESC" },
  { name: "Sessions", value: ({ figures }) => figures.sessions, text: exact },
  { name: "Users", value: ({ figures }) => figures.users, text: exact },
];

/** All metrics of both sides, and the change from A to B. */
export function SideFigures({ experiment, a, b, sides }: { experiment: string; a: Distributions; b: Distributions; sides: { a: Side; b: Side } }) {
  const link = (side: Side, row: Row, values: Distributions): ReactNode => {
    const value = row.value(values);
    return (
      <TracesLink experiment={experiment} target={{ q: joinFilters(side.q, row.filter), range: side.range, sort: row.sort, count: value ?? 0 }}>
        {row.text(value)}
      </TracesLink>
    );
  };
  return (
    <section className="stack" aria-labelledby="figures">
      <h2 id="figures">Metrics</h2>
      <div className="table-scroll" tabIndex={0} role="group" aria-labelledby="figures">
        <table className="table compare-table">
          <SidesHead what="Metric" />
          <tbody>
            {ROWS.map((row) => {
              const [valueA, valueB] = [row.value(a), row.value(b)];
              const judged = row.share && 0 < a.figures.traces && 0 < b.figures.traces;
              return (
                <tr key={row.name}>
                  <th scope="row">{row.name}</th>
                  <td className="num">{link(sides.a, row, a)}</td>
                  <td className="num">{link(sides.b, row, b)}</td>
                  <td className="num"><FigureChange tracesBefore={Math.min(a.figures.traces, b.figures.traces)} now={valueB} before={valueA} better={row.better} points={row.share} description={`A: ${row.text(valueA)}, B: ${row.text(valueB)}`} /></td>
                  <td className="muted">
                    {judged && valueA !== valueB && significanceText(shareDifference({ share: valueA, count: a.figures.traces }, { share: valueB, count: b.figures.traces }), a.figures.traces, b.figures.traces)}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </section>
  );
}
