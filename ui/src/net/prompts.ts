// Queries of prompts and of their versions, by MLflow's own routes.
import { keepPreviousData, useInfiniteQuery, useQueries, useQuery } from "@tanstack/react-query";
import { equalsClause } from "../core/filter/print";
import { linkedPrompts, LINKED_PROMPTS_TAG } from "../core/prompt/linkedPrompts";
import { readVersion } from "../core/prompt/promptVersion";
import { EXPERIMENTS_TAG, IS_PROMPT_TAG, type StoredPrompt, type StoredPromptVersion } from "../core/prompt/storedPrompt";
import { type Run, tagOf } from "../core/run";
import { type Side, distributionsQuery } from "./analytics";
import { mlflow, mlflowGet } from "./api";

const PROMPTS_PER_PAGE = 100;
const VERSIONS_PER_PAGE = 50;
const RUNS_MAX = 100;

const IS_PROMPT = `tags.\`${IS_PROMPT_TAG}\` = 'true'`;

export interface PromptScope {
  /** Only prompts of this experiment; `null` for those of all. */
  experimentId: string | null;
  /** A part of the name. */
  name: string;
  /** The order, such as `name ASC`. */
  orderBy: string;
}

interface PromptPage {
  registered_models?: StoredPrompt[];
  next_page_token?: string;
}

/** The prompts of an experiment or of all. */
export function usePrompts({ experimentId, name, orderBy }: PromptScope, enabled: boolean) {
  return useInfiniteQuery({
    queryKey: ["prompts", experimentId, name, orderBy],
    queryFn: async ({ pageParam }) => {
      const filter = [
        IS_PROMPT,
        experimentId !== null && `tags.\`${EXPERIMENTS_TAG}\` LIKE '%,${experimentId},%'`,
        name && `name ILIKE '%${wildcards(name)}%'`,
      ].filter(Boolean).join(" AND ");
      const query = { filter, max_results: PROMPTS_PER_PAGE, order_by: orderBy, page_token: pageParam };
      const { registered_models = [], next_page_token } = await mlflowGet<PromptPage>("2.0/mlflow/registered-models/search", query);
      const wanted = name.toLowerCase();
      return { prompts: registered_models.filter((prompt) => prompt.name.toLowerCase().includes(wanted)), next: next_page_token ?? null };
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
    enabled,
  });
}

/** A text inside of a `LIKE` pattern. The language cannot escape quotes, so that `_`, which matches any character, stands for them. */
function wildcards(text: string): string {
  return text.replaceAll("'", "_");
}

export function promptKey(name: string) {
  return ["prompt", name];
}

export function usePrompt(name: string) {
  return useQuery({
    queryKey: promptKey(name),
    queryFn: async () => (await mlflowGet<{ registered_model: StoredPrompt }>("2.0/mlflow/registered-models/get", { name })).registered_model,
  });
}

interface VersionPage {
  model_versions?: StoredPromptVersion[];
  next_page_token?: string;
}

/** The versions of a prompt, newest first. */
export function usePromptVersions(name: string) {
  return useInfiniteQuery({
    queryKey: [...promptKey(name), "versions"],
    queryFn: async ({ pageParam }) => {
      const query = { filter: `${equalsClause("name", name)} AND ${IS_PROMPT}`, max_results: VERSIONS_PER_PAGE, order_by: "version_number DESC", page_token: pageParam };
      const { model_versions = [], next_page_token } = await mlflowGet<VersionPage>("2.0/mlflow/model-versions/search", query);
      return { versions: model_versions.filter((version) => version.name === name).map(readVersion), next: next_page_token ?? null };
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });
}

/** One version, which may be too old for the first page of the list. */
export function usePromptVersion(name: string, version: number | null) {
  return useQuery({
    queryKey: [...promptKey(name), "version", version],
    queryFn: async () => readVersion((await mlflowGet<{ model_version: StoredPromptVersion }>("2.0/mlflow/model-versions/get", { name, version })).model_version),
    enabled: version !== null,
  });
}

/** The filter for the traces that used a version; `null` if its name cannot be written in a filter. */
export function promptFilter(name: string, version: number): string | null {
  return equalsClause("prompt", `${name}/${version}`);
}

/** Metrics and feedback of the traces that used each version: a request for each. */
export function usePromptUsage(experiment: string, name: string, versions: readonly number[], { range, utc }: Omit<Side, "q">) {
  return useQueries({
    queries: versions.map((version) => {
      const q = promptFilter(name, version);
      return { ...distributionsQuery(experiment, { q: q ?? "", range, utc }), enabled: q !== null };
    }),
  });
}

export interface RunOfPrompt {
  run: Run;
  version: number;
}

/** The newest runs of the experiment that used any version of the prompt. */
export function usePromptRuns(experimentId: string | undefined, name: string) {
  return useQuery({
    queryKey: ["runs", experimentId, "of prompt", name],
    queryFn: async () => {
      const { runs = [] } = await mlflow<{ runs?: Run[] }>("2.0/mlflow/runs/search", {
        experiment_ids: [experimentId],
        filter: `tags.\`${LINKED_PROMPTS_TAG}\` LIKE '%"${wildcards(name)}"%'`,
        order_by: ["start_time DESC"],
        max_results: RUNS_MAX,
      });
      return runs.flatMap((run) => linkedPrompts(tagOf(run, LINKED_PROMPTS_TAG))
        .filter((linked) => linked.name === name)
        .map(({ version }): RunOfPrompt => ({ run, version: Number(version) })));
    },
    enabled: experimentId !== undefined,
  });
}
