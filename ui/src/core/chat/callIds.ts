import type { ChatMessage, Part } from "./normalizedSpan";

/** Ids that link tool calls with their results. Without ids in the trace, calls and results are linked in order. */
export function callIds(messages: ChatMessage[]): (part: Part) => string {
  const ids = new Map<Part, string>();
  const open: string[] = [];
  let count = 0;
  for (const part of messages.flatMap(({ parts }) => parts)) {
    if (part.type === "tool_call") {
      const id = part.id ?? `call_${++count}`;
      ids.set(part, id);
      open.push(id);
    }
    if (part.type === "tool_result") {
      const id = part.id ?? open[0] ?? `call_${++count}`;
      ids.set(part, id);
      const at = open.indexOf(id);
      if (0 <= at) open.splice(at, 1);
    }
  }
  return (part) => ids.get(part) ?? "";
}
