import { ROOT } from "../../net/root";

/** Opens the page of a trace in another tab. */
export function openTraceTab(traceId: string): void {
  window.open(`${ROOT}t/${encodeURIComponent(traceId)}`, "_blank", "noopener");
}

/** Opens the comparison of traces, span by span, in another tab. */
export function openTraceComparison(traceIds: readonly string[]): void {
  const sides = new URLSearchParams(traceIds.map((id, at) => ["abcd"[at]!, id]));
  window.open(`${ROOT}compare?${sides}`, "_blank", "noopener");
}
