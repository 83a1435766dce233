import { visible } from "../../../core/text";
import { Block } from "../../text/Block";

/** A tool call, its result, or both. */
export function ToolCallCard({ name, id, args, result }: { name: string; id?: string | null; args?: unknown; result?: unknown }) {
  return (
    <div className="tool-call">
      <div className="row">
        <span className="glyph" data-color="tool" aria-hidden>T</span>
        <b className="mono ellipsis">{visible(name)}</b>
        {id && <span className="meta ellipsis">{visible(id)}</span>}
      </div>
      {args !== undefined && args !== null && <Block value={args} label={`arguments of ${name}`} bare />}
      {result !== undefined && (
        <div className="tool-result">
          {args !== undefined && <span className="meta">result</span>}
          {result === null ? <span className="muted">no result</span> : <Block value={result} label={`result of ${name}`} bare />}
        </div>
      )}
    </div>
  );
}
