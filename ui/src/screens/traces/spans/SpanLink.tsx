import { visible } from "../../../core/text";
import type { FoundSpan } from "../../../core/types";
import { ROOT } from "../../../net/root";
import { Glyph } from "../../../ui/Glyph";

/** The name of a span. A plain click opens the pane; a new tab shows the trace page at the span. */
export function SpanLink({ row }: { row: FoundSpan }) {
  const shown = visible(row.name) || "(no name)";
  return (
    <a
      href={`${ROOT}t/${encodeURIComponent(row.trace_id)}?s=${encodeURIComponent(row.span_id)}`}
      className="trace-link span-link"
      tabIndex={-1}
      title={shown}
      // The row opens the pane.
      onClick={(event) => { if (!event.ctrlKey && !event.metaKey && !event.shiftKey) event.preventDefault(); }}
    >
      <Glyph type={row.type} />
      <span className="ellipsis">{shown}</span>
    </a>
  );
}
