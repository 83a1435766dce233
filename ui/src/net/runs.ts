// Queries and changes of runs, by MLflow's own routes.
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery } from "@tanstack/react-query";
import type { Metric, Run } from "../core/run";
import { kansoku, mlflow, mlflowGet } from "./api";
import { queryClient } from "./queryClient";
import type { TracePage } from "../core/types";

interface RunPage {
  runs?: Run[];
  next_page_token?: string;
}

export function useRuns(experimentId: string | undefined, filter: string, orderBy: string) {
  return useInfiniteQuery({
    queryKey: ["runs", experimentId, filter, orderBy],
    queryFn: ({ pageParam }) =>
      mlflow<RunPage>("2.0/mlflow/runs/search", {
        experiment_ids: [experimentId],
        filter,
        order_by: orderBy ? [orderBy] : [],
        max_results: 100,
        page_token: pageParam ?? undefined,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_page_token || null,
    placeholderData: keepPreviousData,
    enabled: experimentId !== undefined,
  });
}

export function useRun(runId: string) {
  return useQuery({
    queryKey: ["run", runId],
    queryFn: async () => (await mlflowGet<{ run: Run }>("2.0/mlflow/runs/get", { run_id: runId })).run,
    enabled: runId !== "",
  });
}

export function runFilter(runId: string): string {
  return `run_id = '${runId}'`;
}

const TRACES_MAX = 100;

/** The newest traces of a run. */
export function useRunTraces(experimentId: string, runId: string) {
  return useQuery({
    queryKey: ["traces", "of run", experimentId, runId],
    queryFn: ({ signal }) => kansoku<TracePage>(`experiments/${experimentId}/traces`, { q: runFilter(runId), max_results: TRACES_MAX }, { signal }),
  });
}

export function useMetricHistory(runId: string, metric: string, enabled: boolean) {
  return useQuery({
    queryKey: ["metric", runId, metric],
    queryFn: async () => (await mlflowGet<{ metrics?: Metric[] }>("2.0/mlflow/metrics/get-history", { run_id: runId, metric_key: metric, max_results: 1000 })).metrics ?? [],
    enabled,
  });
}

export function useRunTag(runId: string) {
  return useMutation({
    meta: { quiet: true },
    mutationFn: ({ key, value }: { key: string; value: string | null }) =>
      value === null ? mlflow("2.0/mlflow/runs/delete-tag", { run_id: runId, key }) : mlflow("2.0/mlflow/runs/set-tag", { run_id: runId, key, value }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["run", runId] }),
  });
}
