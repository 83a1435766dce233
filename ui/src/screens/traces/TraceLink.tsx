import { Link } from "@tanstack/react-router";
import { visible } from "../../core/text";
import type { TraceRow } from "../../core/types";

/** The input of a trace. A plain click opens the pane; a new tab shows the trace page. */
export function TraceLink({ row }: { row: TraceRow }) {
  const shown = visible(row.input || row.name || row.trace_id);
  return (
    <Link
      to="/t/$traceId"
      params={{ traceId: row.trace_id }}
      preload={false}
      className="trace-link ellipsis"
      tabIndex={-1}
      title={shown}
      // The row opens the pane.
      onClick={(event) => { if (!event.ctrlKey && !event.metaKey && !event.shiftKey) event.preventDefault(); }}
    >
      {shown}
    </Link>
  );
}
