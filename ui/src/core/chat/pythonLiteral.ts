/** A JSON value as a Python literal. */
export function pythonLiteral(value: unknown, level = 0): string {
  if (value === null || value === undefined) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : "None";
  if (typeof value === "string") return pythonString(value);
  const [begin, end] = Array.isArray(value) ? "[]" : "{}";
  const items = Array.isArray(value)
    ? value.map((item) => pythonLiteral(item, level + 1))
    : Object.entries(value as Record<string, unknown>).map(([key, item]) => `${pythonString(key)}: ${pythonLiteral(item, level + 1)}`);
  if (items.length === 0) return `${begin}${end}`;
  const indent = "    ".repeat(level + 1);
  return `${begin}\n${items.map((item) => `${indent}${item},\n`).join("")}${"    ".repeat(level)}${end}`;
}

/** A JSON string is a valid Python string literal, as Python has the same escapes. */
function pythonString(text: string): string {
  return JSON.stringify(text);
}
