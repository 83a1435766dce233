import { useParams } from "@tanstack/react-router";
import { useCallback, useMemo, useState } from "react";
import { useUtc } from "../../ui/browser/timeZone";
import { useUrl } from "../../ui/address/useUrl";
import { rangeOf, shiftRange, textOf, widenRange, type Range, type RangeText } from "../../core/timeRange";
import type { TraceScope } from "../../net/traces";
import { useNow } from "../../ui/useNow";

const DEFAULT_FROM = "now-7d";

export interface TracesScope {
  scope: TraceScope;
  /** The time range as text, as in the address. */
  range: RangeText;
  setRange: (text: RangeText) => void;
  setQ: (q: string) => void;
  shift: (step: -1 | 1) => void;
  zoom: (range: Range) => void;
  zoomOut: () => void;
  refresh: () => void;
  /** Number of refreshes. */
  round: number;
  /** The time in ms that relative ranges were resolved at. */
  now: number;
}

/**
 * The trace scope of the address. Relative times are resolved once, until the next refresh: now, or
 * at `resolvedAt` for a restored list.
 */
export function useTracesScope(resolvedAt?: number): TracesScope {
  const { e } = useParams({ strict: false }) as { e: string };
  const [url, change] = useUrl();
  const utc = useUtc();
  const now = useNow();
  const from = url.from ?? DEFAULT_FROM;
  const to = url.to ?? "";
  const key = `${e} ${from} ${to} ${utc}`;
  const [asOf, setAsOf] = useState({ key, now: resolvedAt ?? now, round: 0 });
  if (asOf.key !== key) setAsOf({ key, now, round: asOf.round });

  const q = url.q ?? "";
  const range = useMemo(() => ({ from, to }), [from, to]);
  const resolved = useMemo(() => rangeOf(range, asOf.now, utc), [range, asOf.now, utc]);
  const scope = useMemo(() => ({ experiment: e, q, ...resolved }), [e, q, resolved]);

  const setRange = useCallback(
    (text: RangeText) => change({ from: text.from === DEFAULT_FROM && !text.to ? null : text.from, to: text.to }),
    [change],
  );
  const setQ = useCallback((next: string) => change({ q: next }), [change]);
  const zoom = useCallback((next: Range) => setRange(textOf(next)), [setRange]);
  const move = (next: Range | null) => next && zoom(next);
  return {
    scope, range, setRange, setQ, zoom, round: asOf.round, now: asOf.now,
    shift: (step) => move(shiftRange(resolved, Date.now(), step)),
    zoomOut: () => {
      const next = widenRange(resolved, Date.now());
      if (next) zoom(next);
    },
    refresh: () => setAsOf({ key, now: Date.now(), round: asOf.round + 1 }),
  };
}
