import { useUtc } from "./browser/timeZone";
import { absoluteTime, ago } from "../core/format";
import { useNow } from "./useNow";

/** A relative time; the exact time on hover. */
export function Time({ ms, absolute = false }: { ms: number | null; absolute?: boolean }) {
  const now = useNow();
  const utc = useUtc();
  if (ms == null) return <span className="muted">–</span>;
  return (
    <time dateTime={new Date(ms).toISOString()} title={absoluteTime(ms, utc)}>
      {absolute ? absoluteTime(ms, utc).slice(0, 19) : ago(ms, now)}
    </time>
  );
}
