import type { ChatMessage } from "../../../core/chat/meaning";
import type { TraceModel } from "../useTrace";

export function UseAsExpectation(_: { model: TraceModel; outputs: unknown; messages: ChatMessage[] }) {
  return null;
}
