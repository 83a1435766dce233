import { useQuery } from "@tanstack/react-query";
import { plainText, type ChatMessage } from "../../core/chat/normalizedSpan";
import { nameOf } from "../../core/trace/spanTree";
import { callsBelow } from "../../core/trace/walk";
import { spanQuery } from "../../net/span";
import type { TraceModel } from "./useTrace";

/**
 * The input or output of an agent whose own span has no content: the user's message to the first model call below it,
 * or the answer of the last one. `null` if there is none, or if it is not `wanted`.
 */
export function useCallMessage(model: TraceModel, span: number, side: "input" | "output", wanted: boolean): { message: ChatMessage; call: string } | null {
  const { tree, row } = model;
  const calls = wanted ? callsBelow(tree, span) : null;
  const call = calls && (side === "input" ? calls.first : calls.last);
  const query = useQuery({ ...spanQuery(row.trace_id, call === null ? "" : tree.id[call]!), enabled: call !== null });
  const messages = query.data?.normalized?.messages.filter((message) => message.side === side && plainText(message) !== "") ?? [];
  const message = side === "input" ? messages.findLast(({ role }) => role === "user") : messages.at(-1);
  return call !== null && message ? { message, call: nameOf(tree, call) } : null;
}
