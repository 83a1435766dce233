// Queries of the overview, quality and comparison screens. Query keys contain relative time ranges, which are resolved per request.
import { type Query, queryOptions, useQuery } from "@tanstack/react-query";
import { type Range, rangeOf, type RangeText } from "../core/timeRange";
import { kansoku } from "./api";
import { experimentPath } from "./traces";
import type { Distributions, FeedbackHistory, GroupList, Overview, Quality, TracePage, TraceSummary } from "../core/types";

/** A filter and a time range as text: one side of a comparison. */
export interface Side {
  q: string;
  range: RangeText;
  utc: boolean;
}

const REFRESH_MS = 30_000;
/** Maximum number of buckets; the server rounds their length up. */
const BUCKETS_MAX = 72;
/** The maximum of the server. */
const GROUPS_MAX = 1000;

/** Ranges that end now are refetched; past ranges are not. */
export function refresh({ range }: Side): number | false {
  return range.to === "" ? REFRESH_MS : false;
}

export function sideRange({ range, utc }: Side, nowMs = Date.now()): Range {
  const { from, to } = rangeOf(range, nowMs, utc);
  // An open end becomes an explicit time, so that all parts of a response cover the same range.
  return { from, to: to ?? (from === null ? null : nowMs) };
}

/** Keeps the previous data until the next response, within the same experiment. */
export function keepWithin(experiment: string) {
  return <T>(before: T | undefined, query: Query<T, Error, T, readonly unknown[]> | undefined) => (query?.queryKey[1] === experiment ? before : undefined);
}

export function useOverview(experiment: string, side: Side, by: string) {
  return useQuery({
    queryKey: ["overview", experiment, side, by],
    queryFn: ({ signal }) => {
      const query = { q: side.q, ...sideRange(side), by, buckets: BUCKETS_MAX };
      return kansoku<Overview>(experimentPath(experiment, "overview"), query, { signal });
    },
    placeholderData: keepWithin(experiment),
    refetchInterval: refresh(side),
  });
}

export function useQuality(experiment: string, side: Side, feedback: string) {
  return useQuery({
    queryKey: ["quality", experiment, side, feedback],
    queryFn: ({ signal }) => kansoku<Quality>(experimentPath(experiment, "quality"), { q: side.q, ...sideRange(side), feedback }, { signal }),
    placeholderData: keepWithin(experiment),
    refetchInterval: refresh(side),
  });
}

/** The feedback of one name over time, by version of its scorer and by group. */
export function useFeedbackHistory(experiment: string, side: Side, feedback: string, by: string) {
  return useQuery({
    queryKey: ["feedback history", experiment, side, feedback, by],
    queryFn: ({ signal }) => kansoku<FeedbackHistory>(experimentPath(experiment, "quality/history"), { q: side.q, ...sideRange(side), feedback, by, buckets: BUCKETS_MAX }, { signal }),
    placeholderData: (before, query) => (query?.queryKey[1] === experiment && query.queryKey[3] === feedback ? before : undefined),
    refetchInterval: refresh(side),
  });
}

export function useDistributions(experiment: string, side: Side) {
  return useQuery({ ...distributionsQuery(experiment, side), placeholderData: keepWithin(experiment) });
}

export function distributionsQuery(experiment: string, side: Side) {
  return queryOptions({
    queryKey: ["distributions", experiment, side] as readonly unknown[],
    queryFn: ({ signal }) => kansoku<Distributions>(experimentPath(experiment, "distributions"), { q: side.q, ...sideRange(side) }, { signal }),
  });
}

/** The newest traces of a side. */
export function useNewestTraces(experiment: string, side: Side, max: number) {
  return useQuery({
    queryKey: ["traces", experiment, side, max],
    queryFn: ({ signal }) => kansoku<TracePage>(experimentPath(experiment, "traces"), { q: side.q, ...sideRange(side), max_results: max }, { signal }),
    placeholderData: keepWithin(experiment),
  });
}

/** The traces of a side over time, with their totals. A row of a list has `live: false`, since there are many of them. */
export function useTraffic(experiment: string, side: Side, { buckets = BUCKETS_MAX, enabled = true, live = true } = {}) {
  return useQuery({
    queryKey: ["summary", experiment, side, buckets],
    queryFn: ({ signal }) => {
      const { from, to } = sideRange(side);
      // An open end is now, so that the time since the newest trace is seen as well.
      return kansoku<TraceSummary>(experimentPath(experiment, "traces/summary"), { q: side.q, from, to: to ?? Date.now(), buckets }, { signal });
    },
    placeholderData: (before, query) => (query?.queryKey[1] === experiment && (query.queryKey[2] as Side).q === side.q ? before : undefined),
    refetchInterval: live && refresh(side),
    enabled,
  });
}

/** The traces of a side by group, the largest group first. */
export function useSideGroups(experiment: string, side: Side, by: string, { buckets = 0, enabled = true } = {}) {
  return useQuery({
    queryKey: ["groups", experiment, side, by, buckets],
    queryFn: ({ signal }) => kansoku<GroupList>(experimentPath(experiment, "groups"), { q: side.q, ...sideRange(side), by, buckets, max_results: GROUPS_MAX }, { signal }),
    placeholderData: keepWithin(experiment),
    refetchInterval: refresh(side),
    enabled,
  });
}

/** The groups of an experiment's traces, as choices. */
export function useGroupChoices(experiment: string, by: string) {
  return useQuery({
    queryKey: ["groups", experiment, by, "choices"],
    queryFn: ({ signal }) => kansoku<GroupList>(experimentPath(experiment, "groups"), { by, max_results: 100 }, { signal }),
    staleTime: 60_000,
  });
}
