// Prompt versions that a trace, span or run used, which clients write into a tag as JSON.
import { parseJson } from "./parseJson";

/** The tag of a trace or run, and the attribute of a span. */
export const LINKED_PROMPTS_TAG = "mlflow.linkedPrompts";

export interface LinkedPrompt {
  name: string;
  version: string;
}

/** The prompt versions in the tag. Lists of traces truncate long values: then the complete entries are read. */
export function linkedPrompts(tag: unknown): LinkedPrompt[] {
  // Attributes of spans are parsed already.
  const list = typeof tag === "string" ? (parseJson(tag) ?? parseJson(`${tag.slice(0, tag.lastIndexOf("}") + 1)}]`)) : tag;
  return Array.isArray(list) ? list.filter(isLinkedPrompt).map(({ name, version }) => ({ name, version: String(version) })) : [];
}

function isLinkedPrompt(item: unknown): item is { name: string; version: string | number } {
  if (typeof item !== "object" || item === null) return false;
  const { name, version } = item as Record<string, unknown>;
  return typeof name === "string" && name !== "" && /^\d+$/.test(String(version));
}
