// Writes fields, values and clauses of a filter.
import type { Clause } from "./parse";

/** Quotes a text: `'it is'`, `"it's"`; `null` if it has both kinds of quotes, as the language has no escape. */
export function quoteText(text: string): string | null {
  if (!text.includes("'")) return `'${text}'`;
  return text.includes('"') ? null : `"${text}"`;
}

/** A field with a key: ``tags.env``, ``feedback.`my metric` ``; `null` if the key cannot be quoted. */
export function keyedField(prefix: string, key: string): string | null {
  if (/^[\p{L}\p{N}_.$@#]+$/u.test(key)) return `${prefix}.${key}`;
  if (!key.includes("`")) return `${prefix}.\`${key}\``;
  return key.includes('"') ? null : `${prefix}."${key}"`;
}

/** Splits ``tags.`my key` `` into prefix and key. */
export function splitField(field: string): { prefix: string; key: string } {
  const dot = field.indexOf(".");
  if (dot < 0) return { prefix: "", key: field };
  const key = field.slice(dot + 1);
  const quoted = /^([`"])(.*)\1$/s.exec(key);
  return { prefix: field.slice(0, dot), key: quoted ? quoted[2]! : key };
}

export function printValue(value: Clause["value"], bare: boolean): string | null {
  if (value === null) return "";
  if (Array.isArray(value)) {
    const quoted = value.map(quoteText);
    return quoted.includes(null) ? null : `(${quoted.join(", ")})`;
  }
  return bare || typeof value === "number" ? String(value) : quoteText(value);
}

export function printClause(clause: Pick<Clause, "field" | "comparator" | "value" | "bare">): string | null {
  const value = printValue(clause.value, clause.bare);
  return value === null ? null : `${clause.field} ${clause.comparator} ${value}`.trim();
}

/** A clause that keeps traces with this value; `null` if it cannot be written. */
export function equalsClause(field: string, value: string): string | null {
  const quoted = quoteText(value);
  return quoted && `${field} = ${quoted}`;
}

/** A clause that drops traces with this value and keeps those without one. */
export function differsClause(field: string, value: string): string | null {
  const quoted = quoteText(value);
  if (!quoted) return null;
  // Every trace has these two fields, so `!=` is equivalent and MLflow accepts it.
  return field === "status" || field === "name" ? `${field} != ${quoted}` : `NOT ${field} = ${quoted}`;
}
