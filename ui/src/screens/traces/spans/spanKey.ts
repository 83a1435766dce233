import type { FoundSpan } from "../../../core/types";

/** The id of a span among all traces: span ids are unique in their trace only. */
export function spanKey({ trace_id, span_id }: Pick<FoundSpan, "trace_id" | "span_id">): string {
  return `${trace_id}/${span_id}`;
}

export function ofSpanKey(key: string): { trace_id: string; span_id: string } {
  const slash = key.lastIndexOf("/");
  return { trace_id: key.slice(0, slash), span_id: key.slice(slash + 1) };
}
