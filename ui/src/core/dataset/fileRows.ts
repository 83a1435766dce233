// Rows of a file to import: JSON Lines, or CSV with a header. They come in batches, so that a large file does not freeze the page.
import { isJsonObject, parseExact } from "../json/exactJson";
import { mistakeAt } from "../json/parseTyped";

/** A row by the names of its columns: fields of an object, or cells of a line. */
export interface FileRow {
  /** The line that it begins at, from 1 on. */
  line: number;
  cells: Record<string, unknown>;
}

export interface RowMistake {
  line: number;
  message: string;
}

export interface RowBatch {
  rows: FileRow[];
  mistakes: RowMistake[];
  /** The share of the file that has been read, from 0 to 1. */
  read: number;
}

export const FILE_FORMATS = ["jsonl", "csv"] as const;
export type FileFormat = (typeof FILE_FORMATS)[number];

/** Characters of one batch. */
const BATCH_CHARS = 500_000;

/** The format by the name of the file, else by its content: a line of JSON begins with a brace. */
export function formatOf(fileName: string, text: string): FileFormat {
  if (/\.(jsonl|ndjson|json)$/i.test(fileName)) return "jsonl";
  if (/\.(csv|tsv)$/i.test(fileName)) return "csv";
  return text.trimStart().startsWith("{") ? "jsonl" : "csv";
}

export async function* readRows(text: string, format: FileFormat): AsyncGenerator<RowBatch> {
  const whole = text.replace(/^\ufeff/, "");
  if (format === "jsonl") {
    yield* readJsonLines(whole);
    return;
  }
  // The library for CSV is loaded only with a CSV file.
  const { readCsv } = await import("./csvRows");
  yield* readCsv(whole, BATCH_CHARS);
}

async function* readJsonLines(text: string): AsyncGenerator<RowBatch> {
  let batch: RowBatch = { rows: [], mistakes: [], read: 0 };
  let begun = 0;
  let line = 0;
  for (let at = 0; at < text.length; ) {
    const newline = text.indexOf("\n", at);
    const end = newline < 0 ? text.length : newline;
    line += 1;
    readLine(text.slice(at, end), line, batch);
    at = end + 1;
    if (begun + BATCH_CHARS < at || text.length <= at) {
      yield { ...batch, read: Math.min(1, at / text.length) };
      batch = { rows: [], mistakes: [], read: 0 };
      begun = at;
      await breathe();
    }
  }
}

function readLine(text: string, line: number, { rows, mistakes }: RowBatch): void {
  if (!text.trim()) return;
  let value: unknown;
  try {
    value = parseExact(text);
  } catch {
    mistakes.push({ line, message: `not JSON: ${mistakeAt(text).replace("line 1, ", "")}` });
    return;
  }
  if (isJsonObject(value)) rows.push({ line, cells: value });
  else mistakes.push({ line, message: "not a JSON object" });
}

/** Lets the page handle input before the next batch. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
