import { visible } from "../../../core/text";
import { PrettyValue } from "../../text/PrettyValue";

/** A tool call, its result, or both. */
export function ToolCallCard({ name, id, args, result }: { name: string; id?: string | null; args?: unknown; result?: unknown }) {
  return (
    <div className="tool-call">
      <div className="row">
        <span className="glyph" data-color="tool" aria-hidden>T</span>
        <b className="mono ellipsis">{visible(name)}</b>
        {id && <span className="meta ellipsis">{visible(id)}</span>}
      </div>
      {args !== undefined && args !== null && <PrettyValue value={args} label={`arguments of ${name}`} />}
      {result !== undefined && (
        <div className="tool-result">
          {args !== undefined && <span className="meta">result</span>}
          {result === null ? <span className="muted">no result</span> : <PrettyValue value={result} label={`result of ${name}`} />}
        </div>
      )}
    </div>
  );
}
