// Prompts as MLflow's routes return them: a prompt is a registered model with a tag, and its versions have their content in tags.

export interface StoredTag {
  key: string;
  value?: string;
}

export interface StoredPrompt {
  name: string;
  creation_timestamp: number;
  last_updated_timestamp: number;
  description?: string;
  /** Only the newest one. */
  latest_versions?: StoredPromptVersion[];
  tags?: StoredTag[];
  aliases?: { alias: string; version: string }[];
}

export interface StoredPromptVersion {
  name: string;
  version: string;
  creation_timestamp: number;
  /** The commit message. */
  description?: string;
  user_id?: string;
  tags?: StoredTag[];
}

export const IS_PROMPT_TAG = "mlflow.prompt.is_prompt";
export const TEXT_TAG = "mlflow.prompt.text";
export const TYPE_TAG = "_mlflow_prompt_type";
export const RESPONSE_FORMAT_TAG = "_mlflow_prompt_response_format";
export const MODEL_CONFIG_TAG = "_mlflow_prompt_model_config";
/** Lists experiments between commas, with one at both ends: `,1,12,`. */
export const EXPERIMENTS_TAG = "_mlflow_experiment_ids";

export function tagValue(tags: readonly StoredTag[] | undefined, key: string): string | null {
  return tags?.find((tag) => tag.key === key)?.value ?? null;
}

/** Tags set by users, without MLflow's own. */
export function ownPromptTags(tags: readonly StoredTag[] | undefined): [string, string][] {
  const own = (tags ?? []).filter(({ key }) => !key.startsWith("mlflow.") && !key.startsWith("_mlflow_"));
  return own.map(({ key, value }) => [key, value ?? ""]);
}

export function experimentsOf({ tags }: Pick<StoredPrompt, "tags">): string[] {
  return (tagValue(tags, EXPERIMENTS_TAG) ?? "").split(",").map((id) => id.trim()).filter(Boolean);
}

/** The value of the tag with one more experiment; `null` if it is among them already. */
export function withExperiment(experiments: readonly string[], id: string): string | null {
  return experiments.includes(id) ? null : `,${[...experiments, id].join(",")},`;
}

/** The number of the newest version; `null` if all versions were deleted. */
export function latestVersion({ latest_versions }: StoredPrompt): number | null {
  const numbers = (latest_versions ?? []).map(({ version }) => Number(version));
  return numbers.length > 0 ? Math.max(...numbers) : null;
}

/** The aliases of a version, in alphabetical order. */
export function aliasesOf({ aliases }: Pick<StoredPrompt, "aliases">, version: number): string[] {
  return (aliases ?? []).filter((one) => Number(one.version) === version).map(({ alias }) => alias).sort();
}

/** The version that an alias points to; `null` if there is no such alias. */
export function aliasedVersion({ aliases }: Pick<StoredPrompt, "aliases">, alias: string): number | null {
  const found = aliases?.find((one) => one.alias === alias);
  return found ? Number(found.version) : null;
}

/** Why an alias cannot be set; `null` if it can. */
export function aliasProblem(alias: string): string | null {
  if (!/^[\p{L}\p{N}_-]+$/u.test(alias)) return "An alias has letters, digits, “_” and “-” only.";
  if (/^(latest|v\d+)$/i.test(alias)) return `“${alias}” is reserved: it always means a version.`;
  return null;
}
