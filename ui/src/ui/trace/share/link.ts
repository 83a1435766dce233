import { ROOT } from "../../../net/root";

/** The address of a span of a trace, as others can open it. */
export function linkTo(traceId: string, spanId: string | null): string {
  const here = new URLSearchParams(location.search);
  const params = new URLSearchParams();
  if (spanId) params.set("s", spanId);
  for (const key of ["tab", "v", "z", "name"]) {
    const value = here.get(key);
    if (value) params.set(key, value);
  }
  const text = params.toString();
  return `${location.origin}${ROOT}t/${encodeURIComponent(traceId)}${text && `?${text}`}`;
}
