import type { Part } from "../../../core/chat/normalizedSpan";
import { PrettyValue } from "../../text/PrettyValue";
import { Media } from "./Media";
import { ToolCallCard } from "./ToolCallCard";

export function MessagePart({ part, traceId, label }: { part: Part; traceId: string; label: string }) {
  switch (part.type) {
    case "text":
      return <PrettyValue value={part.text} label={label} />;
    case "reasoning":
      return part.text ? (
        <details className="reasoning">
          <summary>Reasoning</summary>
          <PrettyValue value={part.text} label="reasoning" />
        </details>
      ) : (
        <p className="muted">reasoning is not disclosed by the provider</p>
      );
    case "tool_call":
      return <ToolCallCard name={part.name} id={part.id} args={part.arguments} />;
    case "tool_result":
      return <ToolCallCard name={part.name ?? "result"} id={part.id} result={part.result} />;
    case "other":
      return <PrettyValue value={part.value} label={label} />;
    default:
      return <Media part={part} traceId={traceId} />;
  }
}
