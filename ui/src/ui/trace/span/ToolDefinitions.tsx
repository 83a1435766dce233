import type { ToolDefinition } from "../../../core/chat/normalizedSpan";
import { plural } from "../../../core/format";
import { shorten, visible } from "../../../core/text";
import { JsonValue } from "../../json/JsonValue";
import { PlainText } from "../../text/PlainText";

/** The tools available to the model, collapsed, as they are long and rarely needed. */
export function ToolDefinitions({ tools }: { tools: ToolDefinition[] }) {
  if (tools.length === 0) return null;
  return (
    <details className="folded">
      <summary>{plural(tools.length, "tool")} available: <span className="mono">{shorten(visible(tools.map((tool) => tool.name).join(", ")), 160)}</span></summary>
      <div className="stack">
        {tools.map((tool, at) => (
          <div key={at}>
            <b className="mono"><PlainText text={tool.name} /></b>
            {tool.description && <p className="plain-text"><PlainText text={tool.description} /></p>}
            {tool.parameters != null && <JsonValue value={tool.parameters} label={`parameters of ${tool.name}`} />}
          </div>
        ))}
      </div>
    </details>
  );
}
