import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useRef } from "react";
import { kansoku } from "./api";
import { useTraceEvents } from "./traceEvents";
import { queryClient } from "./queryClient";
import type { SessionDetail, SessionPage } from "../core/types";

export interface SessionFilter {
  q?: string;
  from?: string;
  to?: string;
}

export function useSessions(experiment: string, filter: SessionFilter) {
  return useInfiniteQuery({
    queryKey: ["sessions", experiment, filter],
    queryFn: ({ pageParam, signal }) =>
      kansoku<SessionPage>(`experiments/${encodeURIComponent(experiment)}/sessions`, { ...filter, page_token: pageParam, max_results: 100 }, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_page_token,
    placeholderData: keepPreviousData,
  });
}

/** One session with its turns, the oldest first. */
export function useSession(experiment: string, session: string) {
  return useInfiniteQuery({
    queryKey: ["session", experiment, session],
    queryFn: ({ pageParam, signal }) =>
      kansoku<SessionDetail>(`experiments/${encodeURIComponent(experiment)}/sessions/${encodeURIComponent(session)}`, { page_token: pageParam }, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_page_token,
  });
}

const REFRESH_MS = 5000;

/** Refetches when traces arrive: at once, then at most every five seconds. */
export function useLiveRefresh(experimentId: string | null, queryKey: unknown[]): void {
  const waiting = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const last = useRef(0);
  useTraceEvents(experimentId, () => {
    if (waiting.current) return;
    const refresh = () => {
      waiting.current = undefined;
      last.current = Date.now();
      void queryClient.invalidateQueries({ queryKey });
    };
    waiting.current = setTimeout(refresh, Math.max(0, last.current + REFRESH_MS - Date.now()));
  });
}
