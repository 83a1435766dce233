// Converts messages of a chat to the form of Anthropic's Messages API.
import { compactText } from "../textKind";
import { callIds } from "./callIds";
import type { ChatMessage, Part } from "./normalizedSpan";

type Json = Record<string, unknown>;

/** The input messages, with system prompts separate, and alternating between user and assistant. */
export function anthropicMessages(messages: ChatMessage[]): { system: string | undefined; messages: Json[] } {
  const idOf = callIds(messages);
  const system: string[] = [];
  const turns: { role: string; content: Json[] }[] = [];
  for (const { side, role, parts } of messages) {
    if (side !== "input") continue;
    if (role === "system" || role === "developer") {
      system.push(...parts.flatMap((part) => (part.type === "text" ? [part.text] : [])));
      continue;
    }
    const content = parts.flatMap((part) => blockOf(part, idOf));
    if (content.length === 0) continue;
    const speaker = role === "assistant" ? "assistant" : "user";
    const last = turns.at(-1);
    if (last?.role === speaker) last.content.push(...content);
    else turns.push({ role: speaker, content });
  }
  const plain = turns.map(({ role, content }) => ({ role, content: content.length === 1 && content[0]!.type === "text" ? content[0]!.text : content }));
  return { system: system.join("\n\n") || undefined, messages: plain };
}

function blockOf(part: Part, idOf: (part: Part) => string): Json[] {
  switch (part.type) {
    case "text":
      return part.text ? [{ type: "text", text: part.text }] : [];
    case "reasoning":
      return [];
    case "tool_call":
      return [{ type: "tool_use", id: idOf(part), name: part.name, input: objectOf(part.arguments) }];
    case "tool_result":
      return [{ type: "tool_result", tool_use_id: idOf(part), content: typeof part.result === "string" ? part.result : JSON.stringify(part.result ?? "") }];
    case "image":
      return [{ type: "image", source: sourceOf(part.url, part.media_type) }];
    case "other":
      return [{ type: "text", text: compactText(part.value) }];
    default:
      return [{ type: "document", source: sourceOf(part.url, part.media_type) }];
  }
}

function sourceOf(url: string, mediaType: string | undefined): Json {
  const found = /^data:([^;,]*)[^,]*,(.*)$/s.exec(url);
  return found ? { type: "base64", media_type: found[1] || mediaType, data: found[2] } : { type: "url", url };
}

/** The arguments of a tool call as an object; JSON text is parsed. */
function objectOf(value: unknown): Json {
  if (typeof value === "string") {
    try {
      return objectOf(JSON.parse(value));
    } catch {
      return { input: value };
    }
  }
  if (typeof value !== "object" || value === null) return {};
  return Array.isArray(value) ? { input: value } : (value as Json);
}

export function anthropicToolChoice(choice: unknown): unknown {
  if (choice === "auto" || choice === "none") return { type: choice };
  if (choice === "required") return { type: "any" };
  if (typeof choice !== "object" || choice === null) return undefined;
  const { type, function: named } = choice as { type?: string; function?: { name?: string } };
  return type === "function" ? { type: "tool", name: named?.name } : choice;
}
