// A chat for display: the newest messages in full, earlier ones in one line each.
import type { ChatMessage, Part } from "./normalizedSpan";

export interface Chat {
  earlier: ChatMessage[];
  /** The messages that the model responds to: the last input message, or the tool results at the end of the input. */
  current: ChatMessage[];
  output: ChatMessage[];
}

export function chatOf(messages: ChatMessage[]): Chat {
  const named = nameResults(messages);
  const input = named.filter((message) => message.side === "input");
  const output = named.filter((message) => message.side === "output");
  // Frameworks with graph state repeat the input in the output.
  const added = addedSince(input, output);
  let from = input.length - 1;
  // Results of parallel tool calls belong together.
  while (0 < from && input[from]!.role === "tool" && input[from - 1]!.role === "tool") from--;
  return { earlier: input.slice(0, Math.max(from, 0)), current: input.slice(Math.max(from, 0)), output: 0 < added.length ? added : output };
}

/** Messages of `now` that are not in `before`, compared by content. */
export function addedSince(before: ChatMessage[], now: ChatMessage[]): ChatMessage[] {
  const known = new Map<string, number>();
  for (const message of before) known.set(key(message), (known.get(key(message)) ?? 0) + 1);
  return now.filter((message) => {
    const left = known.get(key(message)) ?? 0;
    known.set(key(message), left - 1);
    return left <= 0;
  });
}

function key(message: ChatMessage): string {
  return JSON.stringify([message.role, message.parts]);
}

/** Gives each tool result the name of its call, which may be anywhere in the chat. */
function nameResults(messages: ChatMessage[]): ChatMessage[] {
  const names = new Map<string, string>();
  for (const { parts } of messages) {
    for (const part of parts) if (part.type === "tool_call" && part.id) names.set(part.id, part.name);
  }
  const named = (part: Part): Part => (part.type === "tool_result" && part.name === null && part.id ? { ...part, name: names.get(part.id) ?? null } : part);
  return messages.map((message) => ({ ...message, parts: message.parts.map(named) }));
}
