import type { Part } from "../../../core/chat/normalizedSpan";
import { Block } from "../../text/Block";
import { Media } from "./Media";
import { ToolCallCard } from "./ToolCallCard";

export function MessagePart({ part, traceId, label }: { part: Part; traceId: string; label: string }) {
  switch (part.type) {
    case "text":
      return <Block value={part.text} label={label} bare />;
    case "reasoning":
      return part.text ? (
        <details className="reasoning">
          <summary>Reasoning</summary>
          <Block value={part.text} label="reasoning" bare />
        </details>
      ) : (
        <p className="muted">reasoning is not disclosed by the provider</p>
      );
    case "tool_call":
      return <ToolCallCard name={part.name} id={part.id} args={part.arguments} />;
    case "tool_result":
      return <ToolCallCard name={part.name ?? "result"} id={part.id} result={part.result} />;
    case "other":
      return <Block value={part.value} label={label} bare />;
    default:
      return <Media part={part} traceId={traceId} />;
  }
}
