// Detects a trace id, in any of its forms, in text pasted into the palette.

/** The trace id in `tr-…`, 32 hex digits, OpenTelemetry's id with dashes, or a link to a trace; else `null`. */
export function pastedTraceId(text: string): string | null {
  const trimmed = text.trim();
  const link = /(?:\/t\/|\/traces\/|[?&#](?:trace_id|traceId|selectedEvaluationId)=)(tr-[\w-]+|[0-9a-f]{32})/i.exec(trimmed);
  if (link) return namedTraceId(link[1]!);
  if (/^tr-[\w-]{4,}$/i.test(trimmed)) return trimmed;
  const hex = trimmed.replaceAll("-", "").toLowerCase();
  return /^[0-9a-f]{32}$/.test(hex) ? namedTraceId(hex) : null;
}

function namedTraceId(id: string): string {
  return id.startsWith("tr-") ? id : `tr-${id.toLowerCase()}`;
}
