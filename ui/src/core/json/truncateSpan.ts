// Truncates the values of a span that are too large to show at once, and lists them in `truncated`, as the
// server does with long texts.
import type { TruncatedText } from "../types";

/** Characters of JSON; larger values are fetched on their own when opened. */
export const VALUE_MAX = 200_000;

interface SpanResponse {
  span?: { attributes?: { key: string; value?: unknown }[] };
  normalized?: Record<string, unknown>;
  truncated?: TruncatedText[];
}

export function truncateSpan(response: unknown): unknown {
  const answer = response as SpanResponse;
  const truncated = answer.truncated ?? [];
  const note = (path: string, field: string, bytes: number) => truncated.push({ path, field, bytes });
  for (const side of ["inputs", "outputs"] as const) {
    const bytes = size(answer.normalized?.[side]);
    if (!answer.normalized || bytes <= VALUE_MAX) continue;
    answer.normalized[side] = null;
    note(`/normalized/${side}`, side, bytes);
  }
  for (const list of ["messages", "documents", "tool_calls", "tool_definitions"]) {
    if (answer.normalized && VALUE_MAX * 4 < size(answer.normalized[list], withoutMedia)) answer.normalized[list] = [];
  }
  (answer.span?.attributes ?? []).forEach((attribute, nth) => {
    const bytes = size(attribute.value);
    if (bytes <= VALUE_MAX) return;
    attribute.value = { string_value: "" };
    note(`/span/attributes/${nth}/value`, `attributes.${attribute.key}`, bytes);
  });
  return { ...answer, truncated };
}

function size(value: unknown, replacer?: (key: string, value: unknown) => unknown): number {
  return value === undefined || value === null ? 0 : (JSON.stringify(value, replacer)?.length ?? 0);
}

/** Images are not counted, since they are shown whole and do not slow down the layout. */
function withoutMedia(_key: string, value: unknown): unknown {
  return typeof value === "string" && value.startsWith("data:") ? "" : value;
}
