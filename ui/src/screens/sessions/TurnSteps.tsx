import { Link } from "@tanstack/react-router";
import { duration } from "../../core/format";
import { visible } from "../../core/text";
import type { SessionTurn } from "../../core/types";

const TOOLS_MAX = 12;

/** The tools a turn used, and its failed spans. */
export function TurnSteps({ turn }: { turn: SessionTurn }) {
  const { row, tools, failed } = turn;
  if (tools.length === 0 && failed.length === 0) return null;
  const sign = row.state === "ERROR" ? "✕" : "▲";
  return (
    <div className="turn-steps">
      {tools.length > 0 && (
        <div className="row wrap">
          {tools.slice(0, TOOLS_MAX).map((tool, at) => (
            <span key={at} className={tool.failed ? "badge error" : "badge"}>
              <span className="ellipsis">{tool.failed && "✕ "}{visible(tool.name)}</span>
              <span className="meta">{duration(tool.duration_ms)}</span>
            </span>
          ))}
          {tools.length > TOOLS_MAX && <span className="meta">and {tools.length - TOOLS_MAX} more</span>}
        </div>
      )}
      {failed.map((error) => (
        <p key={error.span_id} className={row.state === "ERROR" ? "error-text" : "warn-text"}>
          <span aria-hidden>{sign} </span>
          <Link className="mono" to="/t/$traceId" params={{ traceId: row.trace_id }} search={{ s: error.span_id } as never}>{visible(error.span)}</Link>
          <span className="mono">: {visible(error.message ?? "failed")}</span>
        </p>
      ))}
    </div>
  );
}
