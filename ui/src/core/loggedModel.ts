// A version of an application: MLflow's logged model, and data derived from its tags and metrics.
import { quoteText } from "./filter/print";
import { type LinkedPrompt, linkedPrompts, LINKED_PROMPTS_TAG } from "./prompt/linkedPrompts";
import type { TraceGroup } from "./types";

export interface LoggedModel {
  info: {
    model_id: string;
    experiment_id: string;
    name: string;
    creation_timestamp_ms: number;
    last_updated_timestamp_ms: number;
    status: string;
    model_type?: string;
    /** The run that made it; empty if none did. */
    source_run_id?: string;
    tags?: { key: string; value: string }[];
  };
  data?: {
    params?: { key: string; value: string }[];
    metrics?: ModelMetric[];
  };
}

export interface ModelMetric {
  key: string;
  /** `"NaN"` and infinities are strings in JSON. */
  value: number | string;
  timestamp: number;
  step?: number;
  run_id?: string;
}

/** The metadata that names the version of a trace. */
export const MODEL_GROUP = "metadata:mlflow.modelId";

/** A filter for the traces of a version. */
export function modelFilter(modelId: string): string {
  return `metadata.\`mlflow.modelId\` = ${quoteText(modelId)}`;
}

export function modelTag({ info }: LoggedModel, key: string): string | null {
  return info.tags?.find((tag) => tag.key === key)?.value ?? null;
}

/** Tags set by users, without MLflow's own. */
export function ownModelTags({ info }: LoggedModel): [string, string][] {
  return (info.tags ?? []).filter(({ key }) => !key.startsWith("mlflow.")).map(({ key, value }) => [key, value]);
}

/** `LOGGED_MODEL_READY` → `ready` */
export function statusWord({ info }: LoggedModel): string {
  return info.status.replace(/^LOGGED_MODEL_/, "").replaceAll("_", " ").toLowerCase();
}

export interface GitState {
  branch: string | null;
  commit: string | null;
  /** There were changes that are not in the commit. */
  dirty: boolean;
  repository: string | null;
  /** The changes that are not in the commit. */
  diff: string | null;
}

/** The state of the source code, as `mlflow.genai.enable_git_model_versioning` stores it; `null` without one. */
export function gitOf(model: LoggedModel): GitState | null {
  const tag = (name: string) => modelTag(model, `mlflow.source.git.${name}`) || modelTag(model, `mlflow.git.${name}`) || null;
  const [branch, commit] = [tag("branch"), tag("commit")];
  if (branch === null && commit === null) return null;
  return { branch, commit, dirty: tag("dirty") === "true", repository: tag("repoURL") ?? tag("repo_url"), diff: tag("diff") };
}

/** The latest value of each metric, sorted by key. */
export function latestMetrics({ data }: LoggedModel): ModelMetric[] {
  const latest = new Map<string, ModelMetric>();
  for (const metric of data?.metrics ?? []) {
    const known = latest.get(metric.key);
    if (!known || known.timestamp <= metric.timestamp) latest.set(metric.key, metric);
  }
  return [...latest.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** The runs that logged metrics of the version, such as evaluations, and the run that made it. */
export function runsOfModel({ info, data }: LoggedModel): string[] {
  const ids = [...(data?.metrics ?? []).map(({ run_id }) => run_id), info.source_run_id];
  return [...new Set(ids.filter((id): id is string => !!id))];
}

/** The prompt versions that are linked to the version. */
export function promptsOfModel(model: LoggedModel): LinkedPrompt[] {
  return linkedPrompts(modelTag(model, LINKED_PROMPTS_TAG));
}

/** A version with the traffic of a time range; `traffic` is `null` if no trace names it. */
export interface VersionRow {
  model: LoggedModel;
  traffic: TraceGroup | null;
}

export function versionRows(models: readonly LoggedModel[], groups: readonly TraceGroup[]): VersionRow[] {
  const byId = new Map(groups.map((group) => [group.value, group]));
  return models.map((model) => ({ model, traffic: byId.get(model.info.model_id) ?? null }));
}

/** Groups of traces that name a version which is not among these, because it was deleted. */
export function deletedVersions(models: readonly LoggedModel[], groups: readonly TraceGroup[]): TraceGroup[] {
  const known = new Set(models.map(({ info }) => info.model_id));
  return groups.filter(({ value }) => value !== null && value !== "" && !known.has(value));
}
