// A chat for display: the newest messages in full, earlier ones in one line each.
import type { ChatMessage, Part, ToolCall } from "./normalizedSpan";

export interface Chat {
  earlier: ChatMessage[];
  /** What the model responds to: the last input message, or the tool results at the end of the input. */
  current: ChatMessage[];
  output: ChatMessage[];
}

export function chatOf(messages: ChatMessage[]): Chat {
  const input = messages.filter((message) => message.side === "input");
  const answered = messages.filter((message) => message.side === "output");
  let from = input.length - 1;
  // Results of parallel tool calls belong together.
  while (0 < from && input[from]!.role === "tool" && input[from - 1]!.role === "tool") from--;
  return { earlier: input.slice(0, Math.max(from, 0)), current: input.slice(Math.max(from, 0)), output: answered };
}

/** Messages of this call that the previous call did not have, by content. */
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

export type PairedPart = Part | { type: "tool_pair"; call: ToolCall; answered: boolean };

/** Pairs tool calls with their results, wherever in the chat the result is. */
export function pairTools(messages: ChatMessage[]): (ChatMessage & { paired: PairedPart[] })[] {
  const results = new Map<string, unknown>();
  const callIds = new Set<string>();
  for (const { parts } of messages) {
    for (const part of parts) {
      if (part.type === "tool_result" && part.id) results.set(part.id, part.result);
      if (part.type === "tool_call" && part.id) callIds.add(part.id);
    }
  }
  const shown = messages.map((message) => ({
    ...message,
    paired: message.parts.flatMap((part): PairedPart[] => {
      if (part.type === "tool_call") {
        const answered = part.id !== null && results.has(part.id);
        return [{ type: "tool_pair", call: { ...part, result: answered ? results.get(part.id!) : null }, answered }];
      }
      // It is shown with its call.
      if (part.type === "tool_result" && part.id && callIds.has(part.id)) return [];
      return [part];
    }),
  }));
  return shown.filter((message) => 0 < message.paired.length);
}
