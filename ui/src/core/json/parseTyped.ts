// Reads JSON that a person typed, and says where a mistake is.
import { isJsonObject, parseExact } from "./exactJson";
import { JsonSyntaxError, scan } from "./scan";

export type TypedJson = { value: unknown } | { mistake: string };
export type TypedObject = { value: Record<string, unknown> } | { mistake: string };

export function parseTyped(text: string): TypedJson {
  try {
    return { value: parseExact(text) };
  } catch {
    return { mistake: `This is not JSON: ${mistakeAt(text)}` };
  }
}

/** An object; empty text is one without fields. */
export function parseTypedObject(text: string): TypedObject {
  if (!text.trim()) return { value: {} };
  const typed = parseTyped(text);
  if ("mistake" in typed) return typed;
  return isJsonObject(typed.value) ? { value: typed.value } : { mistake: `This must be a JSON object, such as {"question": "…"}` };
}

/** `unexpected ',' at line 2, column 7` */
export function mistakeAt(text: string): string {
  try {
    scan(text);
  } catch (error) {
    if (error instanceof JsonSyntaxError) return describe(text, error.at);
  }
  // What the scanner reads but JavaScript does not: a control character in a string, for example.
  return "a string or number is malformed";
}

function describe(text: string, at: number): string {
  const before = text.slice(0, at).split("\n");
  const char = at < text.length ? `unexpected ${JSON.stringify(text[at])}` : "it ends too early";
  return `${char} at line ${before.length}, column ${before.at(-1)!.length + 1}`;
}
