// Backfills: scorers that score traces which ended before.
import { useMutation, useQuery } from "@tanstack/react-query";
import type { Backfill, BackfillForecast, BackfillList } from "../core/types";
import { kansoku } from "./api";
import { queryClient } from "./queryClient";
import { refreshScorers } from "./scorers";
import { experimentPath } from "./traces";

/** While one is running, its progress is read more often. */
const BUSY_MS = 2000;
const CALM_MS = 30_000;

/** The scorers of a backfill with their rates, and the traces. */
export interface BackfillRequest {
  scorers: { scorer: string; sample_rate: number }[];
  filter: string;
  from_ms: number | null;
  to_ms: number | null;
  only_former: boolean;
}

export function useBackfills(experiment: string) {
  return useQuery({
    queryKey: ["backfills", experiment],
    queryFn: async ({ signal }) => (await kansoku<BackfillList>(experimentPath(experiment, "scorers/backfills"), {}, { signal })).backfills,
    refetchInterval: ({ state }) => (state.data?.some(({ state: now }) => now === "running") ? BUSY_MS : CALM_MS),
  });
}

/** What a backfill would take; `null` asks for nothing. */
export function useForecast(experiment: string, request: BackfillRequest | null) {
  return useQuery({
    queryKey: ["backfill forecast", experiment, request],
    queryFn: ({ signal }) => kansoku<BackfillForecast>(experimentPath(experiment, "scorers/backfills/forecast"), {}, { method: "POST", body: request, signal }),
    enabled: request !== null,
    placeholderData: (before) => before,
    retry: false,
    meta: { quiet: true },
  });
}

function refresh(): Promise<unknown> {
  return Promise.all([queryClient.invalidateQueries({ queryKey: ["backfills"] }), refreshScorers()]);
}

/** The caller shows the error. */
export function useCreateBackfill(experiment: string) {
  return useMutation({
    meta: { quiet: true },
    mutationFn: (request: BackfillRequest) => kansoku<Backfill>(experimentPath(experiment, "scorers/backfills"), {}, { method: "POST", body: request }),
    onSuccess: refresh,
  });
}

export function useChangeBackfill(experiment: string) {
  return useMutation({
    mutationFn: ({ id, state }: { id: string; state: "running" | "paused" | "cancelled" }) =>
      kansoku<Backfill>(experimentPath(experiment, `scorers/backfills/${encodeURIComponent(id)}`), {}, { method: "PATCH", body: { state } }),
    onSuccess: refresh,
  });
}
