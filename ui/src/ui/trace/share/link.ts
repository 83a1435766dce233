import { ROOT } from "../../../net/root";

/** The URL of a span, to share. */
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
