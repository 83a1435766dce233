import type { ToolDefinition } from "../../../core/chat/normalizedSpan";
import { shorten, visible } from "../../../core/text";
import { JsonValue } from "../../json/JsonValue";
import { PlainText } from "../../text/PlainText";

/** The tools available to the model, collapsed, as they are long and rarely needed. */
export function ToolDefinitions({ tools, summary }: { tools: ToolDefinition[]; summary: string }) {
  return (
    <details className="folded">
      <summary>{shorten(visible(summary), 200)}</summary>
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
