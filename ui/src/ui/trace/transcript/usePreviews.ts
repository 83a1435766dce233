import { useQueries } from "@tanstack/react-query";
import type { ChatMessage, SpanDocument, ToolCall } from "../../../core/chat/normalizedSpan";
import { kansoku } from "../../../net/api";
import type { PreviewList } from "../../../core/types";

const TOGETHER = 25;

export interface Preview {
  span_id: string;
  input: string | null;
  output: string | null;
  messages: ChatMessage[];
  tool_calls: ToolCall[];
  documents: SpanDocument[];
  error: string | null;
}

/** Previews of spans. Fetched in fixed groups, so that scrolling fetches each once. */
export function usePreviews(traceId: string, all: string[], from: number, to: number): (spanId: string) => Preview | undefined {
  const groups: number[] = [];
  for (let group = Math.floor(Math.max(from, 0) / TOGETHER); group <= Math.floor(Math.max(to, 0) / TOGETHER); group++) groups.push(group);
  const batches = groups.map((group) => [...new Set(all.slice(group * TOGETHER, (group + 1) * TOGETHER))]).filter((ids) => 0 < ids.length);
  const answers = useQueries({
    queries: batches.map((ids) => ({
      queryKey: ["trace", traceId, "previews", ids],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        kansoku<PreviewList>(`traces/${encodeURIComponent(traceId)}/previews`, {}, { method: "POST", body: { span_ids: ids }, signal }),
      staleTime: 60_000,
    })),
  });
  const found = new Map<string, Preview>();
  for (const answer of answers) {
    for (const preview of answer.data?.previews ?? []) found.set(preview.span_id, preview as Preview);
  }
  return (spanId) => found.get(spanId);
}
