// Converts messages of a chat to the form of OpenAI's Chat Completions API.
import type { ChatMessage, Part } from "./normalizedSpan";
import { compactText } from "../textKind";
import { callIds } from "./callIds";

type Json = Record<string, unknown>;

/** The input messages, without the output of the model. */
export function openAiMessages(messages: ChatMessage[]): Json[] {
  const idOf = callIds(messages);
  return messages.filter((message) => message.side === "input").flatMap((message) => openAiMessage(message, idOf));
}

function openAiMessage(message: ChatMessage, idOf: (part: Part) => string): Json[] {
  const results = message.parts.filter((part) => part.type === "tool_result");
  const calls = message.parts.filter((part) => part.type === "tool_call");
  const content = contentOf(message.parts);
  const sent: Json[] = results.map((part) => ({ role: "tool", tool_call_id: idOf(part), content: compactText(part.result) }));
  if (content !== null || 0 < calls.length) {
    sent.push({
      role: message.role === "tool" ? "user" : message.role,
      content,
      ...(0 < calls.length && {
        tool_calls: calls.map((part) => ({ id: idOf(part), type: "function", function: { name: part.name, arguments: typeof part.arguments === "string" ? part.arguments : JSON.stringify(part.arguments ?? {}) } })),
      }),
    });
  }
  return sent;
}

function contentOf(parts: Part[]): unknown {
  const content = parts.flatMap((part): Json[] => {
    switch (part.type) {
      case "text":
        return [{ type: "text", text: part.text }];
      case "image":
        return [{ type: "image_url", image_url: { url: part.url } }];
      case "audio":
        return [{ type: "input_audio", input_audio: { data: part.url.replace(/^data:[^,]*,/, ""), format: part.media_type?.split("/")[1] ?? "wav" } }];
      case "video":
      case "file":
        return [{ type: "file", file: part.url.startsWith("data:") ? { filename: part.name ?? "file", file_data: part.url } : { file_id: part.url } }];
      case "other":
        return [{ type: "text", text: compactText(part.value) }];
      default:
        return [];
    }
  });
  if (content.length === 0) return null;
  return content.every((part) => part.type === "text") ? content.map((part) => part.text).join("\n\n") : content;
}

export function openAiToolChoice(choice: unknown): unknown {
  const { type, name } = fieldsOf(choice);
  if (type === "any") return "required";
  if (type === "auto" || type === "none") return type;
  return type === "tool" ? { type: "function", function: { name } } : choice;
}

function fieldsOf(value: unknown): Json {
  return typeof value === "object" && value !== null ? (value as Json) : {};
}
