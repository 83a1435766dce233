// JSON whose numbers stay as they were written. JavaScript would turn `1.0` into `1`, and round integers above 2^53; records of a
// dataset with such inputs would no longer be the same records.

interface ExactJson {
  parse: (text: string, reviver: (key: string, value: unknown, context?: { source?: string }) => unknown) => unknown;
  /** A number with its own text. Absent in older browsers, which read and write numbers as JavaScript does. */
  rawJSON?: (text: string) => unknown;
  isRawJSON?: (value: unknown) => boolean;
}

const JSON_WITH_SOURCE = JSON as unknown as ExactJson;

/** A text that may contain a number that JavaScript writes differently. It may be inside of a string. */
const MAYBE_CHANGED = /\d\.\d*0(?!\d)|\d[eE]|\d{16}|-0/;

/** Like `JSON.parse`; `JSON.stringify` writes the numbers of the result as they were. */
export function parseExact(text: string): unknown {
  const { rawJSON } = JSON_WITH_SOURCE;
  if (!rawJSON || !MAYBE_CHANGED.test(text)) return JSON.parse(text) as unknown;
  return JSON_WITH_SOURCE.parse(text, (_key, value, context) => {
    const source = context?.source;
    return typeof value === "number" && source !== undefined && String(value) !== source ? rawJSON(source) : value;
  });
}

/** An object, and neither a list nor a number with its own text. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !JSON_WITH_SOURCE.isRawJSON?.(value);
}

/** The same text for equal values, whatever the order of their fields. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (!isJsonObject(value)) return JSON.stringify(value) ?? "null";
  const fields = Object.keys(value).filter((key) => value[key] !== undefined).sort();
  return `{${fields.map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key])}`).join(",")}}`;
}
