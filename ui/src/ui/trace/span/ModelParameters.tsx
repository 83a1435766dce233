import type { NormalizedSpan } from "../../../core/chat/normalizedSpan";
import { parameterText } from "../../../core/chat/parameters";
import { plural } from "../../../core/format";
import { shorten, visible } from "../../../core/text";
import { ToolDefinitions } from "./ToolDefinitions";

const MODEL_TYPES = new Set(["LLM", "CHAT_MODEL"]);
const TOOLS_IN_LINE = 4;

/** The parameters of a model call on one line: model, temperature, limits and tools. The tool definitions can be expanded. */
export function ModelParameters({ normalized }: { normalized: NormalizedSpan }) {
  const { span_type, model, provider, tool_definitions: tools } = normalized;
  const parameters = Object.entries(normalized.parameters ?? {});
  const isCall = MODEL_TYPES.has(span_type ?? "");
  if (!isCall && tools.length === 0) return null;
  if (!model && parameters.length === 0 && tools.length === 0) return null;
  return (
    <section className="model-parameters" aria-label="Parameters">
      <p className="row wrap">
        {isCall && model && <b>{shorten(visible(model), 60)}</b>}
        {isCall && provider && <span className="muted">{shorten(visible(provider), 40)}</span>}
        {parameters.map(([name, value]) => (
          <span key={name} title={visible(`${name}: ${parameterText(value)}`)}>
            <span className="muted">{visible(name)}</span> {shorten(visible(parameterText(value)), 60)}
          </span>
        ))}
      </p>
      {0 < tools.length && (
        <ToolDefinitions
          tools={tools}
          summary={`${plural(tools.length, "tool")}: ${tools.slice(0, TOOLS_IN_LINE).map((tool) => tool.name).join(", ")}${TOOLS_IN_LINE < tools.length ? ` +${tools.length - TOOLS_IN_LINE}` : ""}`}
        />
      )}
    </section>
  );
}
