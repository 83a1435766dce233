// Edits a filter and keeps the rest of it as written.
import { parse, type Node } from "./parse";

/** The conditions joined by AND, each with its offsets. A filter that cannot be parsed is one condition. */
export function conditions(q: string): { text: string; node: Node | undefined }[] {
  const node = parse(q);
  if (node === null) return [];
  if (node === undefined) return [{ text: q.trim(), node: undefined }];
  // A filter in parentheses, or anything but an AND list, is one condition.
  if (node.kind !== "and" || node.from !== node.parts[0]!.from) return [{ text: q.trim(), node }];
  return node.parts.map((part) => ({ text: q.slice(part.from, part.to), node: part }));
}

/** Adds a condition unless the filter has it already. */
export function withCondition(q: string, condition: string): string {
  const there = conditions(q);
  if (there.length === 0) return condition;
  if (there.some((one) => same(one.text, condition))) return q;
  const whole = there.length === 1 && needsParentheses(there[0]!.node) ? `(${there[0]!.text})` : q.trim();
  return `${whole} AND ${condition}`;
}

export function withoutCondition(q: string, condition: string): string {
  return join(conditions(q).map((one) => one.text).filter((text) => !same(text, condition)));
}

export function hasCondition(q: string, condition: string): boolean {
  return conditions(q).some((one) => same(one.text, condition));
}

export function replaceCondition(q: string, at: number, condition: string | null): string {
  const texts = conditions(q).map((one) => one.text);
  if (condition === null) texts.splice(at, 1);
  else texts[at] = condition;
  return join(texts);
}

/** The text that a filter searches for; the first one if there are several, `null` if there is none. */
export function searchedText(q: string): string | null {
  for (const { node } of conditions(q)) {
    if (node?.kind === "text") return node.value;
    const isText = node?.kind === "clause" && /^(?:trace\.)?text$|^span\.content$/.test(node.field) && node.comparator === "CONTAINS";
    if (isText && typeof node.value === "string") return node.value;
  }
  return null;
}

/** Whether the filter searches texts or payloads of spans, which takes longer the more traces there are. */
export function searchesText(q: string): boolean {
  const looksIntoText = (node: Node): boolean => {
    switch (node.kind) {
      case "text": return true;
      case "and": case "or": return node.parts.some(looksIntoText);
      case "not": return looksIntoText(node.part);
      case "clause": return /CONTAINS|LIKE/.test(node.comparator) || /^(?:inputs|outputs|span\.attributes)\./.test(node.field);
    }
  };
  const node = parse(q);
  return node != null && looksIntoText(node);
}

/** The conjunction of two filters, each in parentheses if necessary. */
export function intersect(a: string, b: string): string {
  const parts = [a, b].filter((text) => text.trim() !== "");
  return parts.length < 2 ? (parts[0] ?? "") : parts.map((text) => `(${text.trim()})`).join(" AND ");
}

/** A filter for pasted ids, one per line. */
export function idsAsFilter(pasted: string): string | null {
  const ids = pasted.split(/[\s,;]+/).map((id) => id.replace(/^["'`]+|["'`]+$/g, "")).filter(Boolean);
  if (ids.length === 0 || !ids.every((id) => /^tr-[\w-]+$/.test(id))) return null;
  if (ids.length === 1) return `request_id = '${ids[0]}'`;
  return `request_id IN (${[...new Set(ids)].slice(0, 1000).map((id) => `'${id}'`).join(", ")})`;
}

function join(texts: string[]): string {
  return texts.join(" AND ");
}

function same(a: string, b: string): boolean {
  return a.replace(/\s+/g, " ").trim() === b.replace(/\s+/g, " ").trim();
}

function needsParentheses(node: Node | undefined): boolean {
  return node === undefined || (node.kind === "or" && node.from === node.parts[0]!.from);
}
