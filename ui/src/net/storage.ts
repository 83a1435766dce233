import { keepPreviousData, useQueries, useQuery } from "@tanstack/react-query";
import type { RetentionPreview } from "../core/types";
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

/** The traces that would expire with these limits, as they are typed: empty means the server's setting. */
export function useRetentionPreview(experimentId: string, maxAge: string, maxBytes: string) {
  return useQuery({
    queryKey: ["storage", experimentId, "retention-preview", maxAge, maxBytes],
    queryFn: ({ signal }) => kansoku<RetentionPreview>(`experiments/${experimentId}/retention-preview`, { max_age: maxAge, max_bytes: maxBytes }, { signal }),
    placeholderData: keepPreviousData,
    // A limit that is half typed is refused.
    retry: false,
  });
}
