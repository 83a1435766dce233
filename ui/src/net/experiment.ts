import { useQuery } from "@tanstack/react-query";
import { mlflowGet } from "./api";

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
