// Values as cells of a CSV file, and back.
import { parseExact } from "../json/exactJson";

/** Texts that a spreadsheet would take for a formula. */
const FORMULA = /^[=+\-@\t\r]/;
/** Texts that can be JSON; all others are texts. */
const MAYBE_JSON = /^\s*(?:true|false|null|-?\d|[{["])/;

/** A cell with JSON has its value: `3`, `true`, `{"a": 1}`, `"3"` in quotes. Any other cell is a text. */
export function valueOfCell(cell: string): unknown {
  if (!MAYBE_JSON.test(cell)) return cell;
  try {
    return parseExact(cell);
  } catch {
    return cell;
  }
}

/** The cell for a value: a text as it is, unless it would be read as something else; anything else as JSON. */
export function cellOfValue(value: unknown): string {
  if (value === undefined) return "";
  if (typeof value !== "string") return JSON.stringify(value);
  const isSafe = value !== "" && value.trim() === value && !FORMULA.test(value) && valueOfCell(value) === value;
  return isSafe ? value : JSON.stringify(value);
}
