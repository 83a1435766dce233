import { queryOptions } from "@tanstack/react-query";
import type { NormalizedSpan } from "../core/chat/normalizedSpan";
import type { StoredSpan } from "../core/trace/otel";
import { apiUrl, send } from "./api";
import { parseSpan } from "./json/workerClient";
import type { TruncatedText } from "../core/types";

/** Bytes; longer texts are truncated by the server, and fetched on demand. */
const TEXT_MAX = 65_536;
/** Characters; larger responses are parsed by a worker, which truncates large values. */
const MAIN_THREAD_CHARS_MAX = 600_000;

export interface SpanResponse {
  span: StoredSpan;
  normalized?: NormalizedSpan;
  truncated?: TruncatedText[];
}

export function spanQuery(traceId: string, spanId: string) {
  return queryOptions({
    queryKey: ["trace", traceId, "span", spanId],
    queryFn: async ({ signal }) => {
      const path = `3.0/kansoku/${spanPath(traceId, spanId)}`;
      const answer = await send(path, apiUrl(path, { text_max: TEXT_MAX }), { signal });
      const text = await answer.text();
      return (text.length < MAIN_THREAD_CHARS_MAX ? JSON.parse(text) : await parseSpan(text)) as SpanResponse;
    },
    staleTime: 60_000,
  });
}

/** The span with all of its texts, however long. */
export async function readWholeSpan(traceId: string, spanId: string): Promise<SpanResponse> {
  const path = `3.0/kansoku/${spanPath(traceId, spanId)}`;
  const answer = await send(path, apiUrl(path), {});
  return (await answer.json()) as SpanResponse;
}

/** The URL of a whole field of a span, as a file. */
export function fieldUrl(traceId: string, spanId: string, field: string): string {
  return apiUrl(fieldPath(traceId, spanId, field));
}

export function fieldPath(traceId: string, spanId: string, field: string): string {
  return `3.0/kansoku/${spanPath(traceId, spanId)}/fields/${encodeURIComponent(field)}`;
}

export function spanPath(traceId: string, spanId: string): string {
  return `traces/${encodeURIComponent(traceId)}/spans/${encodeURIComponent(spanId)}`;
}
