import { queryOptions } from "@tanstack/react-query";
import type { SpanMeaning } from "../core/chat/meaning";
import type { StoredSpan } from "../core/trace/otel";
import { apiUrl, send } from "./api";
import { parseSpan } from "./json/workerClient";
import type { CutText } from "../core/types";

/** Longer texts come cut, and are asked for when somebody wants them. */
const TEXT_MAX = 65_536;
/** Larger answers are read by a worker, which takes out what is too large to show at once. */
const HERE_MAX = 600_000;

export interface SpanAnswer {
  span: StoredSpan;
  meaning?: SpanMeaning;
  cut?: CutText[];
}

export function spanQuery(traceId: string, spanId: string) {
  return queryOptions({
    queryKey: ["trace", traceId, "span", spanId],
    queryFn: async ({ signal }) => {
      const path = `3.0/kansoku/${spanPath(traceId, spanId)}`;
      const answer = await send(path, apiUrl(path, { text_max: TEXT_MAX }), { signal });
      const text = await answer.text();
      return (text.length < HERE_MAX ? JSON.parse(text) : await parseSpan(text)) as SpanAnswer;
    },
    staleTime: 60_000,
  });
}

export function spanPath(traceId: string, spanId: string): string {
  return `traces/${encodeURIComponent(traceId)}/spans/${encodeURIComponent(spanId)}`;
}
