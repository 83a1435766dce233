import type { ReactNode } from "react";
import { TracesLink } from "../../ui/address/TracesLink";
import { shareDifference, significanceText } from "../../core/significance";
import { count, duration, exact, money, percent } from "../../core/format";
import { joinFilters } from "../../core/joinFilters";
import type { Side } from "../../net/analytics";
import type { Figures } from "../../core/types";
import { FigureChange } from "../../ui/FigureChange";
import { SidesHead } from "./SidesHead";

interface Row {
  name: string;
  value: (figures: Figures) => number | null;
  text: (value: number | null) => string;
  better?: "up" | "down";
  /** A share of all traces: its difference is shown in percentage points, with its significance. */
  share?: boolean;
  filter?: string;
  sort?: string;
}

const perTrace = (pick: (figures: Figures) => number) => (figures: Figures) => (figures.traces ? pick(figures) / figures.traces : null);

const ROWS: Row[] = [
  { name: "Traces", value: (f) => f.traces, text: exact },
  { name: "Error rate", value: perTrace((f) => f.errors), text: percent, better: "down", share: true, filter: "status = 'ERROR'" },
  { name: "Recovered", value: perTrace((f) => f.recovered), text: percent, better: "down", share: true, filter: "status = 'OK' AND span.status = 'ERROR'" },
  { name: "Duration, p50", value: (f) => f.p50_ms, text: duration, better: "down" },
  { name: "Duration, p95", value: (f) => f.p95_ms, text: duration, better: "down", sort: "execution_time DESC" },
  { name: "Duration, p99", value: (f) => f.p99_ms, text: duration, better: "down", sort: "execution_time DESC" },
  { name: "Tokens per trace", value: perTrace((f) => f.total_tokens), text: count, sort: "tokens DESC" },
  { name: "Cost per trace", value: perTrace((f) => f.cost), text: money, better: "down", sort: "cost DESC" },
  { name: "Total cost", value: (f) => f.cost, text: money, sort: "cost DESC" },
  { name: "Sessions", value: (f) => f.sessions, text: exact },
  { name: "Users", value: (f) => f.users, text: exact },
];

/** All metrics of both sides, and the change from A to B. */
export function SideFigures({ experiment, a, b, sides }: { experiment: string; a: Figures; b: Figures; sides: { a: Side; b: Side } }) {
  const link = (side: Side, row: Row, figures: Figures): ReactNode => {
    const value = row.value(figures);
    return (
      <TracesLink experiment={experiment} target={{ q: joinFilters(side.q, row.filter), range: side.range, sort: row.sort, count: value ?? 0 }}>
        {row.text(value)}
      </TracesLink>
    );
  };
  return (
    <section className="stack" aria-labelledby="figures">
      <h2 id="figures">Metrics</h2>
      <div className="table-scroll" tabIndex={0} role="region" aria-labelledby="figures">
        <table className="table compare-table">
          <SidesHead what="Metric" />
          <tbody>
            {ROWS.map((row) => {
              const [valueA, valueB] = [row.value(a), row.value(b)];
              const judged = row.share && 0 < a.traces && 0 < b.traces;
              return (
                <tr key={row.name}>
                  <th scope="row">{row.name}</th>
                  <td className="num">{link(sides.a, row, a)}</td>
                  <td className="num">{link(sides.b, row, b)}</td>
                  <td className="num"><FigureChange now={valueB} before={valueA} better={row.better} points={row.share} description={`A: ${row.text(valueA)}, B: ${row.text(valueB)}`} /></td>
                  <td className="muted">
                    {judged && valueA !== valueB && significanceText(shareDifference({ share: valueA, count: a.traces }, { share: valueB, count: b.traces }), a.traces, b.traces)}
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
