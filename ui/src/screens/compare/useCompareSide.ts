import { useMemo } from "react";
import { useUtc } from "../../ui/browser/timeZone";
import { type TimeRangeState, useTimeRange } from "../../ui/address/useTimeRange";
import { useUrl } from "../../ui/address/useUrl";
import { rangeOf } from "../../core/timeRange";
import type { Side } from "../../net/analytics";
import type { TraceScope } from "../../net/traces";
import { useNow } from "../../ui/useNow";

export type SideName = "a" | "b";

export interface CompareSide {
  name: SideName;
  side: Side;
  scope: TraceScope;
  range: TimeRangeState;
  setQ: (q: string) => void;
}

const NAMES = { a: { from: "fa", to: "ta" }, b: { from: "fb", to: "tb" } };

/** One side of a comparison, from the URL parameters `qa fa ta` or `qb fb tb`: filter, from and to. */
export function useCompareSide(experiment: string, name: SideName): CompareSide {
  const [search, change] = useUrl();
  const range = useTimeRange("now-7d", NAMES[name]);
  const utc = useUtc();
  const now = useNow();
  const q = search[`q${name}`] ?? "";
  return useMemo(
    () => ({
      name,
      side: { q, range: range.text, utc },
      scope: { experiment, q, ...rangeOf(range.text, now, utc) },
      range,
      setQ: (next) => change({ [`q${name}`]: next }),
    }),
    [experiment, name, q, range, utc, now, change],
  );
}
