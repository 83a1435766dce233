// Reads a file once to show what it has, and a second time to store its records batch by batch.
import { type ColumnMapping, upsertOfRow } from "./columnMapping";
import { type FileFormat, type FileRow, readRows, type RowMistake } from "./fileRows";
import type { RecordUpsert } from "./record";
import { upsertBatches } from "./upsertBatches";

export interface SourceFile {
  name: string;
  text: string;
  format: FileFormat;
}

export interface FileScan {
  columns: string[];
  /** Number of rows that can be read. */
  rows: number;
  /** The first rows, for a preview. */
  first: FileRow[];
  mistakes: RowMistake[];
}

const FIRST_ROWS = 5;

export async function scanFile({ text, format }: SourceFile, { onProgress, signal }: { onProgress: (share: number) => void; signal: AbortSignal }): Promise<FileScan> {
  const columns = new Set<string>();
  const scan: FileScan = { columns: [], rows: 0, first: [], mistakes: [] };
  for await (const { rows, mistakes, read } of readRows(text, format)) {
    signal.throwIfAborted();
    for (const { cells } of rows) for (const column of Object.keys(cells)) columns.add(column);
    scan.rows += rows.length;
    scan.first.push(...rows.slice(0, FIRST_ROWS - scan.first.length));
    scan.mistakes.push(...mistakes);
    onProgress(read);
  }
  return { ...scan, columns: [...columns] };
}

export interface ImportResult {
  /** Number of rows that were stored or left out. */
  handled: number;
  inserted: number;
  updated: number;
  /** Rows without a record. */
  mistakes: RowMistake[];
}

export const NOTHING_IMPORTED: ImportResult = { handled: 0, inserted: 0, updated: 0, mistakes: [] };

/** Rows that are converted at once. */
const AT_ONCE = 500;

/**
 * Stores the records of a file after those that `before` has handled, so that an import that failed can be continued. `onBatch` gets
 * the result after each batch; the error of `store` is thrown.
 */
export async function importFile(
  { text, format }: SourceFile,
  mapping: ColumnMapping,
  before: ImportResult,
  { store, onBatch, signal }: { store: (records: RecordUpsert[]) => Promise<{ inserted: number; updated: number }>; onBatch: (result: ImportResult) => void; signal: AbortSignal },
): Promise<ImportResult> {
  let result = before;
  let skip = before.handled;
  for await (const { rows } of readRows(text, format)) {
    const fresh = rows.slice(skip);
    skip -= rows.length - fresh.length;
    for (let at = 0; at < fresh.length; at += AT_ONCE) {
      signal.throwIfAborted();
      result = await storeRows(fresh.slice(at, at + AT_ONCE), mapping, result, store);
      onBatch(result);
    }
  }
  return result;
}

async function storeRows(rows: FileRow[], mapping: ColumnMapping, before: ImportResult, store: (records: RecordUpsert[]) => Promise<{ inserted: number; updated: number }>): Promise<ImportResult> {
  const result = { ...before, handled: before.handled + rows.length, mistakes: [...before.mistakes] };
  const records: RecordUpsert[] = [];
  for (const row of rows) {
    const made = upsertOfRow(row, mapping);
    if ("mistake" in made) result.mistakes.push({ line: row.line, message: made.mistake });
    else records.push(made);
  }
  for (const batch of upsertBatches(records)) {
    const { inserted, updated } = await store(batch);
    result.inserted += inserted;
    result.updated += updated;
  }
  return result;
}
