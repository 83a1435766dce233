// The scorers of an experiment. Checks are created by Kansoku's routes; sampling and deletion are MLflow's.
import { useMutation, useQuery } from "@tanstack/react-query";
import type { CheckDefinition, CheckType } from "../core/scorer/checkType";
import type { ListedScorer, ModelList, ScorerList, TrialOfTrace, TrialResults, TraceRow } from "../core/types";
import { kansoku, mlflow } from "./api";
import { queryClient } from "./queryClient";
import { experimentPath, readTraces } from "./traces";

/** While traces wait, how far behind the scorers are is read more often. */
const BUSY_MS = 3000;
const CALM_MS = 30_000;

export function useScorers(experiment: string) {
  return useQuery({
    queryKey: ["scorers", experiment],
    queryFn: ({ signal }) => kansoku<ScorerList>(experimentPath(experiment, "scorers"), {}, { signal }),
    refetchInterval: ({ state }) => (state.data?.scorers.some(({ waiting }) => 0 < waiting) ? BUSY_MS : CALM_MS),
  });
}

/** The types of checks that the server has. */
export function useCheckTypes(enabled = true) {
  return useQuery({
    queryKey: ["check types"],
    queryFn: async ({ signal }) => (await kansoku<{ checks: CheckType[] }>("scorers/checks", {}, { signal })).checks,
    staleTime: Infinity,
    enabled,
  });
}

/** The models that the settings of the server name. */
export function useJudgeModels() {
  return useQuery({
    queryKey: ["judge models"],
    queryFn: async ({ signal }) => (await kansoku<ModelList>("scorers/models", {}, { signal })).models,
    staleTime: 60_000,
  });
}

export interface Sampling {
  rate: number;
  filter: string;
}

interface ScorerName {
  experimentId: string;
  name: string;
}

export function setSampling({ experimentId, name, rate, filter }: ScorerName & Sampling): Promise<unknown> {
  return mlflow("3.0/mlflow/scorers/online-config", { experiment_id: experimentId, name, sample_rate: rate, filter_string: filter }, "PUT");
}

export function refreshScorers(): Promise<void> {
  return queryClient.invalidateQueries({ queryKey: ["scorers"] });
}

/** Starts or stops a scorer, or changes which traces it scores. The caller shows the error. */
export function useSetSampling() {
  return useMutation({ meta: { quiet: true }, mutationFn: setSampling, onSuccess: refreshScorers });
}

/** Sets the budget of a judge, or of all judges. A limit that is `null` is removed. The caller shows the error. */
export function useSetBudget(experiment: string) {
  return useMutation({
    meta: { quiet: true },
    mutationFn: (budget: { scorer: string | null; calls_per_day: number | null; usd_per_day: number | null }) =>
      kansoku<ScorerList>(experimentPath(experiment, "scorers/budget"), {}, { method: "PUT", body: budget }),
    onSuccess: refreshScorers,
  });
}

/** Deletes all versions of a scorer. The caller shows the error. */
export function useDeleteScorer() {
  return useMutation({
    meta: { quiet: true },
    mutationFn: ({ experimentId, name }: ScorerName) => mlflow("3.0/mlflow/scorers/delete", { experiment_id: experimentId, name }, "DELETE"),
    onSuccess: refreshScorers,
  });
}

/** Creates a check, or a new version of the one with this name. The caller shows the error. */
export function useSaveCheck(experiment: string) {
  return useMutation({
    meta: { quiet: true },
    mutationFn: (check: { name: string; check: CheckDefinition }) => kansoku<ListedScorer>(experimentPath(experiment, "scorers"), {}, { method: "POST", body: check }),
    onSuccess: refreshScorers,
  });
}

/** Makes a new version of a judge with other instructions. The caller shows the error. */
export function useSaveInstructions(experiment: string) {
  return useMutation({
    meta: { quiet: true },
    mutationFn: ({ name, instructions }: { name: string; instructions: string }) =>
      kansoku<ListedScorer>(experimentPath(experiment, `scorers/${encodeURIComponent(name)}/instructions`), {}, { method: "POST", body: { instructions } }),
    onSuccess: refreshScorers,
  });
}

/** A scorer to try: a check that is not saved, or a registered scorer by its name, a judge with other instructions if there are any. */
export type Candidate = { check: CheckDefinition } | { scorer: string; instructions?: string };

export interface TrialRow {
  trace: TraceRow;
  feedback: TrialOfTrace["feedback"];
  /** The feedback of the saved version, if it was tried, too. */
  former: TrialOfTrace["feedback"] | null;
}

const TRIAL_TRACES = 5;

/** Runs a scorer on the newest traces that match, and `former` on the same ones. Nothing is stored. */
export async function tryOnNewest(experiment: string, candidate: Candidate, { q, former }: { q: string; former: string | null }): Promise<TrialRow[]> {
  const { rows } = await readTraces({ experiment, q, from: null, to: null }, { rows: TRIAL_TRACES });
  if (rows.length === 0) return [];
  const ids = rows.map(({ trace_id }) => trace_id);
  const run = (body: Candidate) => kansoku<TrialResults>(experimentPath(experiment, "scorers/trial"), {}, { method: "POST", body: { ...body, trace_ids: ids } });
  const [now, before] = await Promise.all([run(candidate), former === null ? null : run({ scorer: former })]);
  const feedbackOf = (results: TrialResults, id: string) => results.traces.find(({ trace_id }) => trace_id === id)?.feedback ?? [];
  return rows.map((trace) => ({ trace, feedback: feedbackOf(now, trace.trace_id), former: before && feedbackOf(before, trace.trace_id) }));
}
