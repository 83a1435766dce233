// Queries and changes of logged models, by MLflow's own routes. The screens call them versions.
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery } from "@tanstack/react-query";
import type { LoggedModel } from "../core/loggedModel";
import type { Run } from "../core/run";
import { mlflow, mlflowGet } from "./api";
import { queryClient } from "./queryClient";

interface ModelPage {
  models?: LoggedModel[];
  next_page_token?: string;
}

/** The versions of an experiment, the newest first. */
export function useLoggedModels(experimentId: string | undefined, filter: string) {
  return useInfiniteQuery({
    queryKey: ["versions", experimentId, filter],
    queryFn: ({ pageParam }) =>
      mlflow<ModelPage>("2.0/mlflow/logged-models/search", {
        experiment_ids: [experimentId],
        filter,
        order_by: [{ field_name: "creation_timestamp", ascending: false }],
        max_results: 100,
        page_token: pageParam ?? undefined,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_page_token || null,
    placeholderData: keepPreviousData,
    enabled: experimentId !== undefined,
  });
}

export function useLoggedModel(modelId: string) {
  return useQuery({
    queryKey: ["version", modelId],
    queryFn: async () => (await mlflowGet<{ model: LoggedModel }>(modelPath(modelId))).model,
  });
}

export function useLoggedModelTag(modelId: string) {
  return useMutation({
    meta: { quiet: true },
    mutationFn: ({ key, value }: { key: string; value: string | null }) => value === null
      ? mlflow(`${modelPath(modelId)}/tags/${encodeURIComponent(key)}`, {}, "DELETE")
      : mlflow(`${modelPath(modelId)}/tags`, { tags: [{ key, value }] }, "PATCH"),
    onSuccess: () => {
      void queryClient.invalidateQueries({ queryKey: ["versions"] });
      return queryClient.invalidateQueries({ queryKey: ["version", modelId] });
    },
  });
}

export function useDeleteLoggedModel(modelId: string) {
  return useMutation({
    meta: { quiet: true },
    mutationFn: () => mlflow(modelPath(modelId), {}, "DELETE"),
    onSuccess: () => void queryClient.invalidateQueries({ queryKey: ["versions"] }),
  });
}

/** The runs with these ids, the newest first. Those that were deleted are left out. */
export function useRunsById(experimentId: string | undefined, runIds: string[]) {
  return useQuery({
    queryKey: ["runs", "by id", experimentId, runIds],
    queryFn: async () => {
      const ids = runIds.filter((id) => !id.includes("'")).map((id) => `'${id}'`).join(", ");
      const page = await mlflow<{ runs?: Run[] }>("2.0/mlflow/runs/search", {
        experiment_ids: [experimentId], filter: `attributes.run_id IN (${ids})`, order_by: ["start_time DESC"], max_results: runIds.length,
      });
      return page.runs ?? [];
    },
    enabled: experimentId !== undefined && runIds.length > 0,
  });
}

function modelPath(modelId: string): string {
  return `2.0/mlflow/logged-models/${encodeURIComponent(modelId)}`;
}
