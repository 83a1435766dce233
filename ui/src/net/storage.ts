import { useQueries } from "@tanstack/react-query";
import { kansoku } from "./api";

export interface ExperimentStorage {
  experiment_id: string;
  traces: number;
  spans: number;
  payload_bytes: number;
  oldest_request_time: string | null;
  newest_request_time: string | null;
  retention: {
    max_age_s: number | null;
    max_age_source: string;
    max_bytes: number | null;
    max_bytes_source: string;
  };
}

/** Storage used by each experiment, and its retention. */
export function useStorage(experimentIds: string[]) {
  return useQueries({
    queries: experimentIds.map((id) => ({
      queryKey: ["storage", id],
      queryFn: ({ signal }: { signal: AbortSignal }) => kansoku<ExperimentStorage>(`experiments/${id}/storage`, {}, { signal }),
    })),
    combine: (results) => ({ storage: results.map(({ data }) => data), error: results.find(({ error }) => error)?.error ?? null }),
  });
}
