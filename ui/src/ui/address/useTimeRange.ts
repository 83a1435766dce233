import { useCallback, useMemo } from "react";
import { type Range, type RangeText, rangeOf, shiftRange, textOf, widenRange } from "../../core/timeRange";
import { useUtc } from "../browser/timeZone";
import { useUrl } from "./useUrl";

export interface TimeRangeState {
  /** The range as in the address (`now-7d`); used in query keys. */
  text: RangeText;
  /** Resolves the range to milliseconds, for a request. */
  resolve: () => Range;
  set: (text: RangeText, options?: { replace?: boolean }) => void;
  zoomTo: (fromMs: number, toMs: number) => void;
  zoomOut: () => void;
  shift: (step: -1 | 1) => void;
}

/** The time range in the address (`from`, `to`); `fallback` is the `from` of an address without one. */
export function useTimeRange(fallback = "now-7d", names: { from: string; to: string } = { from: "from", to: "to" }): TimeRangeState {
  const [search, change] = useUrl();
  const utc = useUtc();
  const to = search[names.to] ?? "";
  const from = search[names.from] ?? (to ? "all" : fallback);
  const { from: fromName, to: toName } = names;

  const set = useCallback(
    (text: RangeText, options?: { replace?: boolean }) => {
      const isFallback = text.from === fallback && !text.to;
      change({ [fromName]: isFallback ? null : text.from || "all", [toName]: text.to || null }, options);
    },
    [change, fallback, fromName, toName],
  );
  return useMemo(() => {
    const text = { from, to };
    const resolve = () => rangeOf(text, Date.now(), utc);
    const setRange = (range: Range | null) => range && set(textOf(range));
    return {
      text,
      resolve,
      set,
      zoomTo: (fromMs, toMs) => setRange({ from: Math.min(fromMs, toMs), to: Math.max(fromMs, toMs) }),
      zoomOut: () => setRange(widenRange(resolve(), Date.now())),
      shift: (step) => setRange(shiftRange(resolve(), Date.now(), step)),
    };
  }, [from, to, utc, set]);
}
