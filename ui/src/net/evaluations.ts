// Queries about evaluations: their list, the cases of one, and comparisons.
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import type { Evaluation, EvaluationCases, EvaluationComparison, EvaluationPage } from "../core/types";
import { ApiError, kansoku } from "./api";
import { queryClient } from "./queryClient";
import { experimentPath } from "./traces";

const LISTED = 50;
/** The first page of cases is small, to be shown soon; later ones are large, since the server sorts all cases for each. */
const FIRST_CASES = 100;
const PAGE_CASES = 400;
const PAGE_ROWS = 100;
/** The server compares at most this many runs. */
export const COMPARED_MAX = 4;

export function useEvaluations(experiment: string, q: string) {
  return useInfiniteQuery({
    queryKey: ["evaluations", experiment, q],
    queryFn: ({ pageParam, signal }) =>
      kansoku<EvaluationPage>(experimentPath(experiment, "evaluations"), { q, max_results: LISTED, page_token: pageParam }, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_page_token,
    placeholderData: keepPreviousData,
  });
}

export function useEvaluation(experiment: string, runId: string) {
  return useQuery({
    queryKey: ["evaluation", experiment, runId],
    queryFn: ({ signal }) => kansoku<Evaluation>(runPath(experiment, runId), {}, { signal }),
  });
}

/** Which cases of an evaluation are shown, and in which order. */
export interface CaseQuery {
  q: string;
  scorer: string | null;
  verdict: string | null;
  order: string;
  sortScorer: string | null;
}

export function readCases(experiment: string, runId: string, { q, scorer, verdict, order, sortScorer }: CaseQuery, token: string | null, signal: AbortSignal): Promise<EvaluationCases> {
  const query = { q, scorer, verdict, order_by: order, sort_scorer: sortScorer, max_results: token === null ? FIRST_CASES : PAGE_CASES, page_token: token };
  return readPage(["cases", experiment, runId, query], (own) => kansoku(`${runPath(experiment, runId)}/cases`, query, { signal: own }), signal);
}

/** Which rows of a comparison are shown. */
export interface ComparisonQuery {
  only: string;
  scorer: string | null;
  /** A text in the input or an output. */
  q: string;
}

/** Pages after the first have no figures of the runs. */
export function readComparison(experiment: string, runs: string[], { only, scorer, q }: ComparisonQuery, token: string | null, signal: AbortSignal): Promise<EvaluationComparison> {
  const query = { runs: runs.join(","), only, scorer, q, max_results: PAGE_ROWS, page_token: token };
  return readPage(["comparison", experiment, query], (own) => kansoku(comparisonPath(experiment), query, { signal: own }), signal);
}

/** One row of a comparison by its key, whatever is filtered; `null` if there is none. */
export function useComparedRow(experiment: string, runs: string[], key: string | null) {
  return useQuery({
    queryKey: ["compared row", experiment, runs, key],
    queryFn: async ({ signal }) => {
      try {
        const { rows } = await kansoku<EvaluationComparison>(comparisonPath(experiment), { runs: runs.join(","), key }, { signal });
        return rows[0] ?? null;
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return null;
        throw error;
      }
    },
    enabled: key !== null,
  });
}

function comparisonPath(experiment: string): string {
  return experimentPath(experiment, "evaluations/compare");
}

function runPath(experiment: string, runId: string): string {
  return experimentPath(experiment, `evaluations/${encodeURIComponent(runId)}`);
}

/** Goes through the query cache for its retries only; the tables keep their own pages. */
function readPage<T>(queryKey: unknown[], read: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
  return queryClient.fetchQuery({ queryKey, queryFn: ({ signal: own }) => read(AbortSignal.any([signal, own])), staleTime: 0, gcTime: 0 });
}
