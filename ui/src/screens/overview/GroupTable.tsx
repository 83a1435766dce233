import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { TracesLink } from "../../ui/address/TracesLink";
import { count, duration, exact, money, percent } from "../../core/format";
import { joinFilters } from "../../core/joinFilters";
import { visible } from "../../core/text";
import type { RangeText } from "../../core/timeRange";
import type { Overview } from "../../core/types";
import { Button } from "../../ui/Button";
import { sidesSearch } from "../../core/comparisonAddress";
import { groupColor, GROUPS_DRAWN } from "./charts";

const ROWS_FIRST = 50;

/** All groups of a breakdown; any two can be compared, and any one can become the filter. */
export function GroupTable({ experiment, overview, by, q, range, onOnly }: {
  experiment: string;
  overview: Overview;
  by: string;
  q: string;
  range: RangeText;
  /** Filters by one group. */
  onOnly: (filter: string) => void;
}) {
  const [marked, setMarked] = useState<string[]>([]);
  const [all, setAll] = useState(false);
  const chosen = marked.filter((filter) => overview.by.some((group) => group.filter === filter));
  // A third selection replaces the first.
  const mark = (filter: string) =>
    setMarked(chosen.includes(filter) ? chosen.filter((other) => other !== filter) : [...chosen, filter].slice(-2));
  const sides = chosen.length === 2
    ? sidesSearch({ range }, joinFilters(q, chosen[0]), joinFilters(q, chosen[1]))
    : null;
  return (
    <section className="stack" aria-labelledby="groups">
      <div className="row">
        <h2 id="groups" className="grow">By {visible(by)}</h2>
        {sides
          ? <Link className="button" to="/e/$e/compare" params={{ e: experiment }} search={sides as never}>Compare selected</Link>
          : <span className="meta">Select two to compare</span>}
      </div>
      <div className="table-scroll" tabIndex={0} role="region" aria-labelledby="groups">
        <table className="table">
          <thead>
            <tr>
              <th scope="col"><span className="visually-hidden">Compare</span></th>
              <th scope="col">Group</th>
              <th scope="col" className="num">Traces</th>
              <th scope="col" className="num">Errors</th>
              <th scope="col" className="num">Recovered</th>
              <th scope="col" className="num">p50</th>
              <th scope="col" className="num">p95</th>
              <th scope="col" className="num">Tokens</th>
              <th scope="col" className="num">Cost</th>
              <th scope="col" className="num">Cost per trace</th>
              <th scope="col"><span className="visually-hidden">Filter</span></th>
            </tr>
          </thead>
          <tbody>
            {overview.by.slice(0, all ? undefined : ROWS_FIRST).map((group, at) => {
              const { figures } = group;
              const name = visible(group.value ?? "(none)");
              const target = (count: number, extra = "") => ({ q: joinFilters(q, group.filter, extra), range, count });
              return (
                <tr key={group.filter}>
                  <td><input type="checkbox" aria-label={`Compare ${name}`} checked={chosen.includes(group.filter)} onChange={() => mark(group.filter)} /></td>
                  <th scope="row">
                    <span className="row">
                      <span className="swatch" aria-hidden style={{ color: at < GROUPS_DRAWN ? `var(--${groupColor(at)})` : "transparent" }} />
                      <TracesLink experiment={experiment} target={target(figures.traces)} className="ellipsis">{name}</TracesLink>
                    </span>
                  </th>
                  <td className="num">{exact(figures.traces)}</td>
                  <td className="num">
                    <TracesLink experiment={experiment} target={target(figures.errors, "status = 'ERROR'")} className={figures.errors ? "error-text" : "muted"}>
                      {exact(figures.errors)}{figures.errors ? ` (${percent(figures.errors / figures.traces)})` : ""}
                    </TracesLink>
                  </td>
                  <td className="num">
                    <TracesLink experiment={experiment} target={target(figures.recovered, "status = 'OK' AND span.status = 'ERROR'")} className={figures.recovered ? "warn-text" : "muted"}>
                      {exact(figures.recovered)}
                    </TracesLink>
                  </td>
                  <td className="num">{duration(figures.p50_ms)}</td>
                  <td className="num">{duration(figures.p95_ms)}</td>
                  <td className="num" title={exact(figures.total_tokens)}>{count(figures.total_tokens)}</td>
                  <td className="num">{money(figures.cost)}</td>
                  <td className="num">{figures.traces ? money(figures.cost / figures.traces) : "–"}</td>
                  <td><Button small look="plain" aria-label={`Only ${name}`} onClick={() => onOnly(group.filter)}>Only</Button></td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      {!all && ROWS_FIRST < overview.by.length && <p><Button small onClick={() => setAll(true)}>Show all {exact(overview.by.length)}</Button></p>}
    </section>
  );
}
