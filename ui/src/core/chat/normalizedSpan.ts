// A span as the server normalizes it: one form for all semantic conventions.
import { compactText, sourceText } from "../textKind";

export interface NormalizedSpan {
  span_type: string | null;
  inputs: unknown;
  outputs: unknown;
  messages: ChatMessage[];
  tool_definitions: ToolDefinition[];
  tool_calls: ToolCall[];
  documents: SpanDocument[];
  model: string | null;
  provider: string | null;
  usage: Record<string, number | null> | null;
  cost: { input: number; output: number; total: number } | null;
  service_tier: string | null;
  /** Request parameters of a model call, by their OpenTelemetry names: `temperature`, `max_tokens`. */
  parameters: Record<string, unknown>;
  session: string | null;
  user: string | null;
  first_token_ns: number | null;
}

export interface ChatMessage {
  side: "input" | "output";
  role: string;
  name?: string;
  parts: Part[];
  finish_reason?: string;
}

export type Part =
  | { type: "text" | "reasoning"; text: string }
  | { type: "tool_call"; id: string | null; name: string; arguments: unknown }
  | { type: "tool_result"; id: string | null; name: string | null; result: unknown }
  | { type: "image" | "audio" | "video" | "file"; url: string; media_type?: string; name?: string }
  | { type: "other"; value: unknown };

export interface ToolDefinition {
  name: string;
  description: string | null;
  parameters: unknown;
}

export interface ToolCall {
  id: string | null;
  name: string;
  arguments: unknown;
  result: unknown;
}

export interface SpanDocument {
  id: string | null;
  text: string;
  score: number | null;
  metadata: unknown;
}

/** The message in one line: its text, tool calls and tool results. */
export function summarizeMessage(message: ChatMessage): string {
  return message.parts.map(summarizePart).filter(Boolean).join(" ");
}

function summarizePart(part: Part): string {
  switch (part.type) {
    case "text":
    case "reasoning":
      return part.text;
    case "tool_call":
      return `${part.name}(${compactText(part.arguments)})`;
    case "tool_result":
      return `→ ${compactText(part.result)}`;
    case "other":
      return compactText(part.value);
    default:
      return `[${part.type}${part.name ? ` ${part.name}` : ""}]`;
  }
}

/** The whole message as plain text, to compare or to copy. */
export function plainText(message: ChatMessage): string {
  return message.parts.map(partText).filter(Boolean).join("\n\n");
}

function partText(part: Part): string {
  switch (part.type) {
    case "text":
    case "reasoning":
      return part.text;
    case "tool_call":
      return `${part.name}(${pretty(part.arguments)})`;
    case "tool_result":
      return sourceText(part.result);
    case "other":
      return pretty(part.value);
    default:
      return `[${part.type}: ${part.url.startsWith("data:") ? part.url.slice(0, 40) : part.url}]`;
  }
}

function pretty(value: unknown): string {
  return JSON.stringify(value, null, 2) ?? "";
}
