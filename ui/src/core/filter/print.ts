// Writes fields, values and clauses of a filter.
import type { Clause } from "./parse";

/** Quotes a text: `'it is'`, `"it's"`; its quotes are written twice if it has both kinds. */
export function quoteText(text: string): string {
  if (text.includes("'") && !text.includes('"')) return `"${text}"`;
  return `'${text.replaceAll("'", "''")}'`;
}

/** A field with a key: ``tags.env``, ``feedback.`my metric` ``. */
export function keyedField(prefix: string, key: string): string {
  if (/^[\p{L}\p{N}_.$@#]+$/u.test(key)) return `${prefix}.${key}`;
  if (key.includes("`") && !key.includes('"')) return `${prefix}."${key}"`;
  return `${prefix}.\`${key.replaceAll("`", "``")}\``;
}

/** Splits ``tags.`my key` `` into prefix and key. */
export function splitField(field: string): { prefix: string; key: string } {
  const dot = field.indexOf(".");
  if (dot < 0) return { prefix: "", key: field };
  const key = field.slice(dot + 1);
  const quoted = /^([`"])(.*)\1$/s.exec(key);
  return { prefix: field.slice(0, dot), key: quoted ? quoted[2]!.replaceAll(quoted[1]! + quoted[1]!, quoted[1]!) : key };
}

export function printValue(value: Clause["value"], bare: boolean): string {
  if (value === null) return "";
  if (Array.isArray(value)) return `(${value.map(quoteText).join(", ")})`;
  return bare || typeof value === "number" ? String(value) : quoteText(value);
}

export function printClause(clause: Pick<Clause, "field" | "comparator" | "value" | "bare">): string {
  return `${clause.field} ${clause.comparator} ${printValue(clause.value, clause.bare)}`.trim();
}

/** A clause that keeps traces with this value. */
export function equalsClause(field: string, value: string): string {
  return `${field} = ${quoteText(value)}`;
}

/** A clause that drops traces with this value and keeps those without one. */
export function differsClause(field: string, value: string): string {
  const quoted = quoteText(value);
  // Every trace has these two fields, so `!=` is equivalent and MLflow accepts it.
  return field === "status" || field === "name" ? `${field} != ${quoted}` : `NOT ${field} = ${quoted}`;
}
