import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { count, duration, exact, money } from "../core/format";
import { visible } from "../core/text";
import type { TraceRow } from "../core/types";
import { ArchivedMark } from "./ArchivedBadge";
import { AssessmentBadges } from "./Assessment";
import { Outcome, outcomeOf } from "./Outcome";
import { Shape } from "./Shape";
import { Time } from "./Time";
import "./plainTraceTable.css";

/** A plain table of a few traces with links to their pages. The trace list of an experiment uses a grid. */
export function PlainTraceTable({ traces, label, action }: {
  traces: TraceRow[];
  label: string;
  /** A button for each trace, in a column of its own. */
  action?: (trace: TraceRow) => ReactNode;
}) {
  return (
    <div className="table-scroll">
      <table className="table trace-table" aria-label={label}>
        <thead>
          <tr>
            <th scope="col"><span className="visually-hidden">Outcome</span></th><th scope="col">Time</th><th scope="col">Input</th>
            <th scope="col" className="medium-only">Output</th><th scope="col" className="wide-only">Shape</th>
            <th scope="col" className="num">Duration</th><th scope="col" className="num medium-only">Tokens</th><th scope="col" className="num medium-only">Cost</th>
            <th scope="col" className="wide-only">Assessments</th>
            {action && <th scope="col"><span className="visually-hidden">Actions</span></th>}
          </tr>
        </thead>
        <tbody>
          {traces.map((trace) => (
            <tr key={trace.trace_id}>
              <td><Outcome outcome={outcomeOf(trace)} /></td>
              <td className="nowrap"><Time ms={trace.request_time_ms} /></td>
              <th scope="row" className="text"><Link className="ellipsis" data-row to="/t/$traceId" params={{ traceId: trace.trace_id }}>{trace.is_archived && <ArchivedMark />}{visible(trace.input ?? trace.name ?? trace.trace_id)}</Link></th>
              <td className="text medium-only">
                {trace.error && trace.state === "ERROR"
                  ? <span className="ellipsis mono error-text">{visible(`${trace.error.span}: ${trace.error.message ?? "failed"}`)}</span>
                  : <span className="ellipsis">{visible(trace.output ?? "–")}</span>}
              </td>
              <td className="wide-only"><Shape segments={trace.shape} /></td>
              <td className="num nowrap">{duration(trace.duration_ms)}</td>
              <td className="num medium-only" title={exact(trace.total_tokens)}>{count(trace.total_tokens)}</td>
              <td className="num medium-only">{money(trace.cost)}</td>
              <td className="wide-only nowrap">
                <AssessmentBadges assessments={trace.assessments} />
              </td>
              {action && <td className="num">{action(trace)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
