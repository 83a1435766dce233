// Traces and sessions that scorers could not score, and scoring again.
import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import type { ScorerFailureList } from "../core/types";
import { kansoku } from "./api";
import { queryClient } from "./queryClient";
import { refreshScorers } from "./scorers";
import { experimentPath } from "./traces";

const PAGE = 50;

export function useScorerFailures(experiment: string, scorer: string, enabled: boolean) {
  return useInfiniteQuery({
    queryKey: ["scorer failures", experiment, scorer],
    queryFn: ({ pageParam, signal }) => kansoku<ScorerFailureList>(experimentPath(experiment, "scorers/failures"), { scorer, offset: pageParam, max_results: PAGE }, { signal }),
    initialPageParam: 0,
    getNextPageParam: (page, pages) => (page.more ? pages.length * PAGE : undefined),
    enabled,
  });
}

/** Failures of a scorer: those with these ids, or all. */
interface ChosenFailures {
  scorer: string;
  failure_ids: string[] | null;
}

async function refresh(): Promise<void> {
  await Promise.all([queryClient.invalidateQueries({ queryKey: ["scorer failures"] }), refreshScorers()]);
}

export function useRetryFailures(experiment: string) {
  return useMutation({
    mutationFn: (chosen: ChosenFailures) => kansoku<{ retried: number }>(experimentPath(experiment, "scorers/failures/retry"), {}, { method: "POST", body: chosen }),
    onSuccess: refresh,
  });
}

export function useDeleteFailures(experiment: string) {
  return useMutation({
    mutationFn: (chosen: ChosenFailures) => kansoku(experimentPath(experiment, "scorers/failures"), {}, { method: "DELETE", body: chosen }),
    onSuccess: refresh,
  });
}

/** Runs the latest version of a scorer on traces again. */
export function useRescore(experiment: string) {
  return useMutation({
    mutationFn: (request: { scorer: string; trace_ids: string[] }) => kansoku<{ rescored: number }>(experimentPath(experiment, "scorers/rescore"), {}, { method: "POST", body: request }),
    onSuccess: refresh,
  });
}
