// Rewrites a filter for MLflow's own server, which accepts only clauses joined by AND, and no short field names.
import { printClause } from "./print";
import type { Clause, Node } from "./parse";
import type { FilterField } from "../types";

const NAMES: Record<string, string> = {
  session: "metadata.`mlflow.trace.session`",
  user: "metadata.`mlflow.trace.user`",
  duration: "execution_time",
  "span.model": "span.attributes.mlflow.llm.model",
  "span.provider": "span.attributes.mlflow.llm.provider",
};
const UNIT_MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const OPPOSITE: Record<string, string> = { "=": "!=", "!=": "=", ">": "<=", ">=": "<", "<": ">=", "<=": ">", "IS NULL": "IS NOT NULL", "IS NOT NULL": "IS NULL" };

/** Names of fields that MLflow cannot filter by. */
export type Unknown = ReadonlySet<string>;

export function unknownToMlflow(fields: readonly FilterField[]): Unknown {
  return new Set(fields.filter(({ field, mlflow }) => !mlflow && !(field in NAMES)).map(({ field }) => field));
}

/** The nearest filter that MLflow accepts; `dropped` if clauses were left out, so that it may match more traces. `null` if no clause can be expressed. */
export function asMlflow(node: Node | null | undefined, unknown: Unknown): { text: string; dropped: boolean } | null {
  if (!node) return null;
  const parts = node.kind === "and" ? flat(node.parts) : [node];
  const said = parts.map((part) => partOf(part, unknown));
  const texts = said.filter((text) => text !== null);
  return texts.length === 0 ? null : { text: texts.join(" AND "), dropped: texts.length < said.length };
}

function flat(parts: Node[]): Node[] {
  return parts.flatMap((part) => (part.kind === "and" ? flat(part.parts) : [part]));
}

function partOf(node: Node, unknown: Unknown): string | null {
  if (node.kind === "clause") return clauseOf(node, unknown);
  if (node.kind === "text") return printClause({ field: "trace.text", comparator: "ILIKE", value: `%${node.value}%`, bare: false });
  if (node.kind === "not" && node.part.kind === "clause") {
    const comparator = OPPOSITE[node.part.comparator];
    return comparator ? clauseOf({ ...node.part, comparator }, unknown) : null;
  }
  return null;
}

function clauseOf(clause: Clause, unknown: Unknown): string | null {
  if (unknown.has(clause.field) || /^(?:inputs|outputs)\./.test(clause.field) || clause.comparator === "IS GOOD" || clause.comparator === "IS BAD") return null;
  const field = NAMES[clause.field] ?? clause.field;
  if (clause.comparator === "CONTAINS") return printClause({ ...clause, field, comparator: "ILIKE", value: `%${String(clause.value)}%` });
  if (clause.bare && typeof clause.value === "string") {
    const [, amount, unit] = /^(.*?)([a-z]+)$/i.exec(clause.value) ?? [];
    const ms = Number(amount) * (UNIT_MS[unit?.toLowerCase() ?? ""] ?? Number.NaN);
    return Number.isFinite(ms) ? printClause({ ...clause, field, value: ms }) : null;
  }
  return printClause({ ...clause, field });
}
