import { visible } from "../../core/text";
import type { TraceRow } from "../../core/types";
import { ROOT } from "../../net/root";
import { ArchivedMark } from "../../ui/ArchivedBadge";

/** The input of a trace. A plain click opens the pane; a new tab shows the trace page. */
export function TraceLink({ row }: { row: TraceRow }) {
  const shown = visible(row.input || row.name || row.trace_id);
  return (
    // The router's `Link` would build its address from all routes, in every row.
    <a
      href={`${ROOT}t/${encodeURIComponent(row.trace_id)}`}
      className="trace-link ellipsis"
      tabIndex={-1}
      title={shown}
      // The row opens the pane.
      onClick={(event) => { if (!event.ctrlKey && !event.metaKey && !event.shiftKey) event.preventDefault(); }}
    >
      {row.is_archived && <ArchivedMark />}{shown}
    </a>
  );
}
