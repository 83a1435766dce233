import { queryOptions } from "@tanstack/react-query";
import type { SpanMeaning } from "../../core/chat/meaning";
import type { StoredSpan } from "../../core/trace/otel";
import { kansoku } from "../../net/api";
import type { CutText } from "../../net/types";

/** Longer texts come cut, and are asked for when somebody wants them. */
const TEXT_MAX = 65_536;

export interface SpanAnswer {
  span: StoredSpan;
  meaning?: SpanMeaning;
  cut?: CutText[];
}

export function spanQuery(traceId: string, spanId: string) {
  return queryOptions({
    queryKey: ["trace", traceId, "span", spanId],
    queryFn: ({ signal }) => kansoku<SpanAnswer>(spanPath(traceId, spanId), { text_max: TEXT_MAX }, { signal }),
    staleTime: 60_000,
  });
}

export function spanPath(traceId: string, spanId: string): string {
  return `traces/${encodeURIComponent(traceId)}/spans/${encodeURIComponent(spanId)}`;
}
