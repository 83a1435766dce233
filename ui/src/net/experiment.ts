import { useQuery } from "@tanstack/react-query";
import { mlflow } from "./api";

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
    queryFn: () => experiment(idOrName),
    staleTime: 5 * 60_000,
  });
}

async function experiment(idOrName: string): Promise<Experiment> {
  const route = /^\d+$/.test(idOrName)
    ? `2.0/mlflow/experiments/get?experiment_id=${idOrName}`
    : `2.0/mlflow/experiments/get-by-name?experiment_name=${encodeURIComponent(idOrName)}`;
  return (await mlflow<{ experiment: Experiment }>(route, undefined, "GET")).experiment;
}
