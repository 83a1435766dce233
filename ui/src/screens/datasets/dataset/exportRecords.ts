import { csvOf, jsonLinesOf } from "../../../core/dataset/recordFile";
import type { DatasetRecord } from "../../../core/types";
import { readRecords } from "../../../net/datasets";
import { saveFile } from "../../../ui/browser/download";

export type ExportFormat = "jsonl" | "csv";

const TYPES: Record<ExportFormat, string> = { jsonl: "application/jsonl", csv: "text/csv" };

/** Saves all records of a version as a file, read page by page. */
export async function exportRecords(
  { id, name, version, format }: { id: string; name: string; version: number; format: ExportFormat },
  { onProgress, signal }: { onProgress: (done: number) => void; signal: AbortSignal },
): Promise<number> {
  const texts: string[] = [];
  const records: DatasetRecord[] = [];
  let count = 0;
  let token: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof readRecords>> = await readRecords(id, version, token, signal);
    // The columns of a CSV file are known only when all records are.
    if (format === "csv") records.push(...page.records);
    else texts.push(jsonLinesOf(page.records));
    count += page.records.length;
    token = page.next_page_token ?? null;
    onProgress(count);
  } while (token !== null);
  save(format === "csv" ? [csvOf(records)] : texts, name, version, format);
  return count;
}

export function saveRecords(records: readonly DatasetRecord[], name: string, version: number, format: ExportFormat): void {
  save([format === "csv" ? csvOf(records) : jsonLinesOf(records)], name, version, format);
}

function save(texts: string[], name: string, version: number, format: ExportFormat): void {
  const base = name.replace(/[^\p{L}\p{N}._-]+/gu, "-").replace(/^[-.]+|[-.]+$/g, "").slice(0, 80) || "dataset";
  saveFile(new Blob(texts, { type: TYPES[format] }), `${base}-v${version}.${format}`);
}
