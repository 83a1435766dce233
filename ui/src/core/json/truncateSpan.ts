// Truncates the values of a span that are too large to show at once, and lists them in `cut`, as the
// server does with long texts.
import type { TruncatedText } from "../types";

/** Characters of JSON; larger values are fetched on their own when opened. */
export const VALUE_MAX = 200_000;

interface SpanResponse {
  span?: { attributes?: { key: string; value?: unknown }[] };
  meaning?: Record<string, unknown>;
  cut?: TruncatedText[];
}

export function truncateSpan(response: unknown): unknown {
  const answer = response as SpanResponse;
  const cut = answer.cut ?? [];
  const note = (path: string, field: string, bytes: number) => cut.push({ path, field, bytes });
  for (const side of ["inputs", "outputs"] as const) {
    const bytes = size(answer.meaning?.[side]);
    if (!answer.meaning || bytes <= VALUE_MAX) continue;
    answer.meaning[side] = null;
    note(`/meaning/${side}`, side, bytes);
  }
  for (const list of ["messages", "documents", "tool_calls", "tool_definitions"]) {
    if (answer.meaning && VALUE_MAX * 4 < size(answer.meaning[list])) answer.meaning[list] = [];
  }
  (answer.span?.attributes ?? []).forEach((attribute, nth) => {
    const bytes = size(attribute.value);
    if (bytes <= VALUE_MAX) return;
    attribute.value = { string_value: "" };
    note(`/span/attributes/${nth}/value`, `attributes.${attribute.key}`, bytes);
  });
  return { ...answer, cut };
}

function size(value: unknown): number {
  return value === undefined || value === null ? 0 : (JSON.stringify(value)?.length ?? 0);
}
