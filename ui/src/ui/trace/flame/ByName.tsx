import { useMemo, useState } from "react";
import { count, duration, exact, money, percent } from "../../../core/format";
import { sortStats, statsByName, type NameOrder } from "../../../core/trace/byName";
import { shorten, visible } from "../../../core/text";
import { Glyph } from "../../Glyph";
import type { TraceModel } from "../useTrace";
import "./flame.css";

const SHOWN_MAX = 300;
const COLUMNS: { id: NameOrder; label: string; title: string }[] = [
  { id: "name", label: "Name", title: "Name" },
  { id: "count", label: "Count", title: "How many spans" },
  { id: "self", label: "Self time", title: "Time outside of child spans" },
  { id: "total", label: "Total", title: "Sum of all durations" },
  { id: "p95", label: "P95", title: "95th percentile of the durations" },
  { id: "failed", label: "Errors", title: "Failed spans" },
  { id: "tokens", label: "Tokens", title: "Tokens" },
  { id: "cost", label: "Cost", title: "Cost" },
];

/** Statistics by span name; a name links to its spans in the waterfall. */
export default function ByName({ model, onName }: { model: TraceModel; onName: (name: string) => void }) {
  const { tree, self } = model;
  const [by, setBy] = useState<NameOrder>("self");
  const all = useMemo(() => statsByName(tree, self), [tree, self]);
  const stats = useMemo(() => sortStats(all, by), [all, by]);
  const most = Math.max(1, ...all.map((stat) => stat.self));
  return (
    <div className="by-name table-scroll" tabIndex={0} role="region" aria-label="Spans by name">
      <table className="table">
        <thead>
          <tr>
            {COLUMNS.map(({ id, label, title }) => (
              <th key={id} scope="col" className={id === "name" ? "" : "num"} aria-sort={by === id ? (id === "name" ? "ascending" : "descending") : undefined}>
                <button type="button" className="sort" title={title} onClick={() => setBy(id)}>{label}{by === id && <span aria-hidden> {id === "name" ? "↑" : "↓"}</span>}</button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {stats.slice(0, SHOWN_MAX).map((stat) => (
            <tr key={`${stat.type} ${stat.name}`}>
              <th scope="row">
                <span className="row" style={{ gap: 6 }}>
                  <Glyph type={stat.type} />
                  <button type="button" className="link ellipsis" title="Show only these in the waterfall" onClick={() => onName(stat.name)}>{shorten(visible(stat.name), 80)}</button>
                </span>
              </th>
              <td className="num">{exact(stat.spans.length)}</td>
              <td className="num" title={tree.durationUs ? `${percent(stat.self / tree.durationUs)} of the trace` : undefined}>
                <span className="own"><i style={{ width: `${(stat.self / most) * 100}%` }} /></span>{duration(stat.self / 1000)}
              </td>
              <td className="num">{duration(stat.total / 1000)}</td>
              <td className="num">{duration(stat.p95 / 1000)}</td>
              <td className={stat.failed ? "num error-text" : "num"}>{stat.failed || "–"}</td>
              <td className="num" title={exact(stat.tokens)}>{count(stat.tokens)}</td>
              <td className="num">{money(stat.cost)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {SHOWN_MAX < stats.length && <p className="meta" style={{ padding: 8 }}>{exact(stats.length - SHOWN_MAX)} more names: sort by another column to see others first.</p>}
    </div>
  );
}
