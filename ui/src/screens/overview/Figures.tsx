import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { TracesLink } from "../../ui/address/TracesLink";
import type { TracesTarget } from "../../ui/address/tracesTarget";
import { count, duration, exact, money, percent, plural } from "../../core/format";
import { joinFilters } from "../../core/joinFilters";
import type { RangeText } from "../../core/timeRange";
import type { Figures as FiguresData, Overview } from "../../core/types";
import { FigureChange } from "../../ui/FigureChange";

/** The metrics of the time range, each with a link to its traces and its change from the previous period. */
export function Figures({ experiment, overview, q, range }: { experiment: string; overview: Overview; q: string; range: RangeText }) {
  const { figures: now, previous } = overview;
  const target = (count: number, filter?: string, sort?: string): TracesTarget => ({ q: joinFilters(q, filter), range, sort, count });
  const link = (to: TracesTarget, inside: ReactNode) => <TracesLink experiment={experiment} target={to}>{inside}</TracesLink>;
  const rate = (figures: FiguresData, key: "errors" | "recovered") => (figures.traces ? figures[key] / figures.traces : null);
  const slower = (ms: number | null, name: string) => (
    <span className="figure-part">
      <span className="muted">{name}</span>{" "}
      {ms === null ? "–" : link(target(now.traces, `execution_time >= ${Math.floor(ms)}`, "execution_time DESC"), duration(ms))}
    </span>
  );
  return (
    <div className="figures" role="group" aria-label="Metrics">
      <Figure label="Traces" value={link(target(now.traces), exact(now.traces))} delta={<FigureChange tracesBefore={previous.traces} now={now.traces} before={previous.traces} description={`${exact(previous.traces)} in the previous period`} />} />
      <Figure
        label="Error rate"
        value={link(target(now.errors, "status = 'ERROR'"), percent(rate(now, "errors")))}
        delta={<FigureChange tracesBefore={previous.traces} points better="down" now={rate(now, "errors")} before={rate(previous, "errors")} description={`${percent(rate(previous, "errors"))} in the previous period`} />}
      >
        {plural(now.errors, "error")} · {link(target(now.recovered, "status = 'OK' AND span.status = 'ERROR'"), `${exact(now.recovered)} recovered`)}
      </Figure>
      <Figure
        label="Duration, p95"
        value={now.p95_ms === null ? "–" : link(target(now.traces, `execution_time >= ${Math.floor(now.p95_ms)}`, "execution_time DESC"), duration(now.p95_ms))}
        delta={<FigureChange tracesBefore={previous.traces} better="down" now={now.p95_ms} before={previous.p95_ms} description={`${duration(previous.p95_ms)} in the previous period`} />}
      >
        {slower(now.p50_ms, "p50")} · {slower(now.p99_ms, "p99")}
      </Figure>
      <Figure
        label="Tokens"
        value={<span title={exact(now.total_tokens)}>{link(target(now.total_tokens, "", "tokens DESC"), count(now.total_tokens))}</span>}
        delta={<FigureChange tracesBefore={previous.traces} now={now.total_tokens} before={previous.total_tokens} description={`${count(previous.total_tokens)} in the previous period`} />}
      >
        {count(now.input_tokens)} in · {count(now.output_tokens)} out{now.cached_tokens ? ` · ${count(now.cached_tokens)} cached` : ""}
      </Figure>
      <Figure
        label="Cost"
        value={link(target(now.cost, "", "cost DESC"), money(now.cost))}
        delta={<FigureChange tracesBefore={previous.traces} better="down" now={now.cost} before={previous.cost} description={`${money(previous.cost)} in the previous period`} />}
      >
        {now.traces ? `${money(now.cost / now.traces)} per trace` : null}
      </Figure>
      <Figure
        label="Sessions"
        value={now.sessions ? <Link to="/e/$e/sessions" params={{ e: experiment }} search={{ q, from: range.from, to: range.to } as never}>{exact(now.sessions)}</Link> : "0"}
        delta={<FigureChange tracesBefore={previous.traces} now={now.sessions} before={previous.sessions} description={`${exact(previous.sessions)} in the previous period`} />}
      >
        {now.users === 1 ? "1 user" : `${exact(now.users)} users`}
      </Figure>
    </div>
  );
}

function Figure({ label, value, delta, children }: { label: string; value: ReactNode; delta: ReactNode; children?: ReactNode }) {
  return (
    <div className="card figure">
      <div className="meta">{label}</div>
      <div className="figure-value">{value}{delta}</div>
      <div className="meta">{children}</div>
    </div>
  );
}
