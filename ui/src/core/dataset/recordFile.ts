// Records as a file. An export can be imported again, and JSON Lines also by `EvaluationDataset.merge_records`.
import { isJsonObject } from "../json/exactJson";
import type { DatasetRecord } from "../types";
import { cellOfValue } from "./csvCell";
import { upsertOfRecord } from "./record";

export function jsonLinesOf(records: readonly DatasetRecord[]): string {
  return records.map((record) => `${JSON.stringify(upsertOfRecord(record))}\n`).join("");
}

/** A line of cells per record; the columns are the fields of all records, so all of them are needed at once. */
export function csvOf(records: readonly DatasetRecord[]): string {
  const rows = records.map(cellsOf);
  const columns = [...new Set(rows.flatMap((row) => [...row.keys()]))].sort((a, b) => rank(a) - rank(b));
  const lines = [columns, ...rows.map((row) => columns.map((column) => row.get(column) ?? ""))];
  return lines.map((cells) => `${cells.map(quoted).join(",")}\r\n`).join("");
}

const PARTS = ["inputs", "outputs", "expectations", "tags", "source"];

/** Parts in this order; fields of a part in the order in which they appear. */
function rank(column: string): number {
  return PARTS.indexOf(column.split(".")[0]!);
}

function cellsOf(record: DatasetRecord): Map<string, string> {
  const { inputs, outputs, expectations, tags, source } = upsertOfRecord(record);
  const cells = new Map<string, string>();
  for (const [part, value] of Object.entries({ inputs, outputs, expectations, tags })) {
    if (value === undefined) continue;
    const fields = isJsonObject(value) ? Object.entries(value) : null;
    // A field without a name cannot have a column.
    if (fields && fields.every(([key]) => key.trim() === key && key !== "")) for (const [key, inner] of fields) cells.set(`${part}.${key}`, cellOfValue(inner));
    else cells.set(part, cellOfValue(value));
  }
  if (source) cells.set("source", JSON.stringify(source));
  return cells;
}

function quoted(cell: string): string {
  return /[",;\t\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
