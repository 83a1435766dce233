// Rows of a CSV file with a header. It needs Papa Parse, so import it lazily.
import Papa from "papaparse";
import { breathe, type FileRow, type RowBatch } from "./fileRows";
import { valueOfCell } from "./csvCell";

export async function* readCsv(text: string, batchChars: number): AsyncGenerator<RowBatch> {
  const lines = new LineCounter(text);
  let header: string[] | null = null;
  let batch: RowBatch = { rows: [], mistakes: [], read: 0 };
  let begun = 0;
  for (const { cells, from, to, isUnclosed } of recordsOf(text)) {
    const line = lines.at(from);
    if (isUnclosed) batch.mistakes.push({ line, message: "a quote is not closed" });
    else if (cells.every((cell) => cell.trim() === "")) continue;
    else if (header === null) header = cells.map((cell) => cell.trim());
    else if (header.length < cells.length) batch.mistakes.push({ line, message: `${cells.length} cells, but the header has ${header.length}` });
    else batch.rows.push({ line, cells: rowOf(header, cells) });
    if (begun + batchChars < to) {
      yield { ...batch, read: to / text.length };
      batch = { rows: [], mistakes: [], read: 0 };
      begun = to;
      await breathe();
    }
  }
  yield { ...batch, read: 1 };
}

/** Empty cells are absent. */
function rowOf(header: string[], cells: string[]): FileRow["cells"] {
  const present = header.flatMap((name, at) => (name && cells[at] ? [[name, valueOfCell(cells[at])] as const] : []));
  return Object.fromEntries(present);
}

interface CsvRecord {
  cells: string[];
  /** Offsets of the record in the text. */
  from: number;
  to: number;
  isUnclosed: boolean;
}

/** Records that are parsed at once. */
const AT_ONCE = 1000;

function* recordsOf(text: string): Generator<CsvRecord> {
  const delimiter = delimiterOf(text);
  for (let at = 0; at < text.length; ) {
    const found: CsvRecord[] = [];
    const from = at;
    Papa.parse<string[]>(from === 0 ? text : text.slice(from), {
      delimiter,
      // The fast mode splits all of the text each time.
      fastMode: false,
      step: ({ data, errors, meta }, parser) => {
        const isUnclosed = errors.some(({ code }) => code === "MissingQuotes");
        found.push({ cells: data, from: at, to: from + meta.cursor, isUnclosed });
        at = from + meta.cursor;
        if (found.length === AT_ONCE) parser.abort();
      },
    });
    if (found.length < AT_ONCE) at = text.length;
    yield* found;
  }
}

const DELIMITERS = [",", ";", "\t"];
const HEADER_CHARS_MAX = 100_000;

/** The one that divides the header into the most cells; a comma, if several do. */
function delimiterOf(text: string): string {
  const begin = text.slice(0, HEADER_CHARS_MAX);
  const cells = (delimiter: string) => Papa.parse<string[]>(begin, { delimiter, preview: 1, skipEmptyLines: "greedy" }).data[0]?.length ?? 0;
  return DELIMITERS.reduce((best, other) => (cells(best) < cells(other) ? other : best));
}

/** Line numbers of ascending offsets. */
class LineCounter {
  private offset = 0;
  private line = 1;

  constructor(private readonly text: string) {}

  at(offset: number): number {
    for (let newline = this.text.indexOf("\n", this.offset); 0 <= newline && newline < offset; newline = this.text.indexOf("\n", newline + 1)) {
      this.line += 1;
      this.offset = newline + 1;
    }
    return this.line;
  }
}
