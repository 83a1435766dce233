// Title and location of a retriever's document, which frameworks store in its metadata.
import type { SpanDocument } from "./normalizedSpan";

const TITLES = ["title", "name", "file_name", "filename", "heading"];
const URIS = ["doc_uri", "source", "url", "uri", "file_path", "path"];

export function documentTitle(document: SpanDocument): string | null {
  return firstText(document.metadata, TITLES);
}

/** The location of the document: a URL, a path or a name. */
export function documentUri(document: SpanDocument): string | null {
  return firstText(document.metadata, URIS);
}

function firstText(metadata: unknown, keys: string[]): string | null {
  if (typeof metadata !== "object" || metadata === null) return null;
  const values = metadata as Record<string, unknown>;
  for (const key of keys) {
    const value = values[key];
    if (typeof value === "string" && value.trim()) return value;
  }
  return null;
}
