import { useMemo } from "react";
import { useRangeKeys } from "../address/useRangeKeys";
import { useUtc } from "../browser/timeZone";
import { type TimeRangeState, useTimeRange } from "../address/useTimeRange";
import { useUrl } from "../address/useUrl";
import { rangeOf } from "../../core/timeRange";
import type { Side } from "../../net/analytics";
import type { TraceScope } from "../../net/traces";
import { useNow } from "../useNow";

export interface ScopeState {
  range: TimeRangeState;
  side: Side;
  /** The resolved scope, for completion of the filter. */
  scope: TraceScope;
  setQ: (q: string) => void;
}

/** The trace scope of an analytics screen, from its address: `q`, `from`, `to`. */
export function useScope(experiment: string): ScopeState {
  const [search, change] = useUrl();
  const range = useTimeRange();
  const utc = useUtc();
  const now = useNow();
  const q = search.q ?? "";
  useRangeKeys(range);
  return useMemo(
    () => ({
      range,
      side: { q, range: range.text, utc },
      scope: { experiment, q, ...rangeOf(range.text, now, utc) },
      setQ: (next) => change({ q: next }),
    }),
    [experiment, range, utc, now, q, change],
  );
}
