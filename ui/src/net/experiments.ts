// Experiments: Kansoku's list of them, and MLflow's routes that change them.
import { useMutation, useQuery } from "@tanstack/react-query";
import { kansoku, mlflow } from "./api";
import { queryClient } from "./queryClient";
import type { ExperimentList } from "../core/types";

export function useExperiments({ refetchEveryMs }: { refetchEveryMs?: (list: ExperimentList | undefined) => number | false } = {}) {
  return useQuery({
    queryKey: ["experiments"],
    queryFn: ({ signal }) => kansoku<ExperimentList>("experiments", {}, { signal }),
    refetchInterval: refetchEveryMs && ((query) => refetchEveryMs(query.state.data)),
  });
}

export type ExperimentChange =
  | { kind: "create"; name: string }
  | { kind: "rename"; experiment_id: string; name: string }
  | { kind: "delete" | "restore"; experiment_id: string }
  | { kind: "set tag"; experiment_id: string; key: string; value: string }
  | { kind: "delete tag"; experiment_id: string; key: string };

/** `quiet`: the caller shows errors itself, so that no toast is needed. */
export function useChangeExperiment({ quiet = false } = {}) {
  return useMutation({
    meta: { quiet },
    mutationFn: (change: ExperimentChange) => send(change),
    onSuccess: () => {
      void queryClient.invalidateQueries({ queryKey: ["experiment"] });
      return queryClient.invalidateQueries({ queryKey: ["experiments"] });
    },
  });
}

function send(change: ExperimentChange): Promise<{ experiment_id?: string } | null> {
  const route = (name: string) => `2.0/mlflow/experiments/${name}`;
  switch (change.kind) {
    case "create": return mlflow(route("create"), { name: change.name });
    case "rename": return mlflow(route("update"), { experiment_id: change.experiment_id, new_name: change.name });
    case "delete":
    case "restore": return mlflow(route(change.kind), { experiment_id: change.experiment_id });
    case "set tag": return mlflow(route("set-experiment-tag"), { experiment_id: change.experiment_id, key: change.key, value: change.value });
    case "delete tag": return mlflow(route("delete-experiment-tag"), { experiment_id: change.experiment_id, key: change.key });
  }
}
