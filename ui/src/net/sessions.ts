import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { Throttle } from "../core/throttle";
import { type Range, rangeOf } from "../core/timeRange";
import type { Side } from "./analytics";
import { kansoku } from "./api";
import { useTraceEvents } from "./traceEvents";
import { queryClient } from "./queryClient";
import { experimentPath } from "./traces";
import type { GroupList, SessionDetail, SessionPage } from "../core/types";

/** The sessions of a scope, page by page, the one with the latest trace first. */
export function useSessions(experiment: string, side: Side) {
  return useInfiniteQuery({
    queryKey: ["sessions", experiment, side],
    queryFn: async ({ pageParam, signal }) => {
      // All pages use the time range of the first one.
      const range = pageParam?.range ?? rangeOf(side.range, Date.now(), side.utc);
      const query = { q: side.q, ...range, page_token: pageParam?.token, max_results: 100 };
      return { ...await kansoku<SessionPage>(experimentPath(experiment, "sessions"), query, { signal }), range };
    },
    initialPageParam: null as { token: string; range: Range } | null,
    getNextPageParam: ({ next_page_token: token, range }) => (token ? { token, range } : null),
    placeholderData: keepPreviousData,
  });
}

const RUNNING_MAX = 500;

/** The sessions with a trace that has not ended. */
export function useRunningSessions(experiment: string): ReadonlySet<string> {
  const { data } = useQuery({
    queryKey: ["sessions", experiment, "running"],
    queryFn: ({ signal }) =>
      kansoku<GroupList>(experimentPath(experiment, "groups"), { by: "session", q: "status = 'IN_PROGRESS'", max_results: RUNNING_MAX }, { signal }),
    meta: { quiet: true },
  });
  return useMemo(() => new Set((data?.groups ?? []).flatMap(({ value }) => value ?? [])), [data]);
}

/** One session with its turns, the oldest first. */
export function useSession(experiment: string, session: string) {
  return useInfiniteQuery({
    queryKey: ["session", experiment, session],
    queryFn: ({ pageParam, signal }) =>
      kansoku<SessionDetail>(experimentPath(experiment, `sessions/${encodeURIComponent(session)}`), { page_token: pageParam }, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_page_token,
  });
}

const REFRESH_MS = 5000;

/** Refetches when traces arrive: at once, then at most every five seconds. */
export function useLiveRefresh(experimentId: string | null, queryKey: unknown[]): void {
  const key = JSON.stringify(queryKey);
  const refresh = useMemo(() => new Throttle(REFRESH_MS, () => void queryClient.invalidateQueries({ queryKey: JSON.parse(key) as unknown[] })), [key]);
  useEffect(() => () => refresh.cancel(), [refresh]);
  useTraceEvents(experimentId, () => refresh.call());
}
