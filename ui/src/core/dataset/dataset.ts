// An evaluation dataset as MLflow's routes return it: tags, schema and profile are JSON inside of texts.
import { quoteText } from "../filter/print";
import { jsonIn } from "../textKind";

export interface EvaluationDataset {
  dataset_id: string;
  name: string;
  digest: string;
  tags?: string;
  profile?: string;
  /** Milliseconds since 1970. */
  created_time: number;
  last_update_time: number;
  created_by?: string;
  last_updated_by?: string;
}

/** MLflow's filter for a part of a name. */
export function nameFilter(typed: string): string {
  return typed.trim() ? `name ILIKE ${quoteText(`%${typed.trim()}%`)}` : "";
}

export function recordCountOf({ profile }: EvaluationDataset): number {
  const read = jsonIn(profile ?? "") as { num_records?: number } | undefined;
  return read?.num_records ?? 0;
}

export function tagsOfDataset({ tags }: EvaluationDataset): [string, string][] {
  return ownTags((jsonIn(tags ?? "") as Record<string, unknown> | undefined) ?? {});
}

/** Tags set by users, without MLflow's own. */
export function ownTags(tags: Record<string, unknown>): [string, string][] {
  return Object.entries(tags).filter(([key]) => !key.startsWith("mlflow.")).map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]);
}
