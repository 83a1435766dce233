import { useQuery } from "@tanstack/react-query";
import { ApiError, mlflow, mlflowGet } from "./api";
import { queryClient } from "./queryClient";

export interface Experiment {
  experiment_id: string;
  name: string;
  lifecycle_stage: string;
  tags?: { key: string; value: string }[];
}

/** Fetches an experiment by id or by name. */
export function useExperiment(idOrName: string) {
  return useQuery({
    queryKey: ["experiment", idOrName],
    queryFn: () => readExperiment(idOrName),
    staleTime: 5 * 60_000,
  });
}

async function readExperiment(idOrName: string): Promise<Experiment> {
  const { experiment } = await (/^\d+$/.test(idOrName)
    ? mlflowGet<{ experiment: Experiment }>("2.0/mlflow/experiments/get", { experiment_id: idOrName })
    : mlflowGet<{ experiment: Experiment }>("2.0/mlflow/experiments/get-by-name", { experiment_name: idOrName }));
  return experiment;
}

/** Sets a tag; an empty value deletes it, if there is one. */
export async function writeExperimentTag(experiment_id: string, key: string, value: string): Promise<void> {
  if (value) await mlflow("2.0/mlflow/experiments/set-experiment-tag", { experiment_id, key, value });
  else await mlflow("2.0/mlflow/experiments/delete-experiment-tag", { experiment_id, key }).catch(ignoreMissing);
  await queryClient.invalidateQueries({ queryKey: ["experiment"] });
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof ApiError && error.status === 404)) throw error;
}
