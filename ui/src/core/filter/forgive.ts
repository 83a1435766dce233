// Rewrites what people type into a filter that the server can parse: `status=error`, `user:alice`, bare words.
import type { FilterField } from "../types";
import { quoteText } from "./print";

const PREFIXES = /^(?:tags?|metadata|request_metadata|feedback|expectation|span|trace|attributes?)\./;
const CLAUSE = /^([\p{L}_][\p{L}\p{N}_.$@#]*(?:`(?:[^`]|``)*`)?)\s*(==|!=|<>|<=|>=|=|<|>|:|\b(?:NOT\s+IN|IN|IS\s+NOT\s+NULL|IS\s+NULL|IS\s+GOOD|IS\s+BAD|LIKE|ILIKE|RLIKE|CONTAINS)\b)\s*/iu;
const JOINER = /^(AND|OR)(?=[\s(]|$)/i;
const QUOTED = /^(?:'(?:[^']|'')*'|"(?:[^"]|"")*")/;
const NUMBER = /^-?(?:\d+\.?\d*|\.\d+)[a-z%]*$/i;
const COMPARATORS: Record<string, string> = { "==": "=", ":": "=", "<>": "!=" };

/** The filter that the text probably means; `null` if it cannot be guessed. Valid filters are returned unchanged. */
export function forgive(text: string, fields: readonly FilterField[]): string | null {
  const parts: string[] = [];
  let rest = text.trim();
  let joined = true;
  const put = (part: string) => {
    if (!joined) parts.push("AND");
    parts.push(part);
    joined = false;
  };
  while (rest !== "") {
    const joiner = JOINER.exec(rest);
    if (joiner) {
      if (parts.length === 0 || joined) return null;
      parts.push(joiner[1]!.toUpperCase());
      joined = true;
      rest = rest.slice(joiner[0].length).trimStart();
      continue;
    }
    if (/^NOT\s/i.test(rest) || /[()]/.test(rest[0]!)) return null;
    const clause = clauseAt(rest, fields);
    if (clause === "unknown") return null;
    const part = clause ?? textAt(rest, fields);
    if (part.text === null) return null;
    put(part.text);
    rest = rest.slice(part.length).trimStart();
  }
  if (joined) return null;
  const result = parts.join(" ");
  return result === text.trim() ? null : result;
}

interface Part {
  text: string | null;
  length: number;
}

function fieldOf(name: string, fields: readonly FilterField[]): { name: string; kind: string } | null {
  const lower = name.toLowerCase();
  const known = fields.find(({ field }) => field.toLowerCase() === lower);
  if (known) return { name: known.field, kind: known.kind };
  return PREFIXES.test(name) ? { name, kind: "text" } : null;
}

function clauseAt(rest: string, fields: readonly FilterField[]): Part | "unknown" | null {
  const match = CLAUSE.exec(rest);
  if (!match) return null;
  const [head, name, written] = match;
  const field = fieldOf(name!, fields);
  // `http://…` and `Error: …` are text; `colour = 'red'` is a field that does not exist.
  if (!field) return written === ":" ? null : "unknown";
  const comparator = COMPARATORS[written!] ?? written!.toUpperCase().replace(/\s+/g, " ");
  if (comparator.startsWith("IS ")) return { text: `${field.name} ${comparator}`, length: head.length };
  if (comparator.endsWith("IN")) return "unknown";
  const value = valueAt(rest.slice(head.length), written === ":", fields);
  if (value.text === null) return "unknown";
  return { text: `${field.name} ${comparator} ${valueText(value.text, comparator, field)}`, length: head.length + value.length };
}

/** The value at the start of `rest`, with its quotes if it has some. */
function valueAt(rest: string, oneWord: boolean, fields: readonly FilterField[]): Part {
  const quoted = QUOTED.exec(rest);
  if (quoted) return { text: quoted[0], length: quoted[0].length };
  if (oneWord) {
    const word = /^[^\s()]+/.exec(rest);
    return word ? { text: word[0], length: word[0].length } : { text: null, length: 0 };
  }
  return wordsAt(rest, fields);
}

function valueText(value: string, comparator: string, { name, kind }: { name: string; kind: string }): string {
  if (QUOTED.test(value)) return value;
  const counts = /^(?:number|time|duration|count|dollars)$/.test(kind) || /^[<>]/.test(comparator);
  if (counts && NUMBER.test(value)) return value;
  const closed = name === "status" || name === "span.status" || name === "span.type";
  return quoteText(closed ? value.toUpperCase() : value);
}

/** A quoted text, or the bare words up to the next condition. */
function textAt(rest: string, fields: readonly FilterField[]): Part {
  const quoted = QUOTED.exec(rest);
  if (quoted) return { text: quoted[0], length: quoted[0].length };
  const words = wordsAt(rest, fields);
  return { text: words.text === null ? null : quoteText(words.text), length: words.length };
}

function wordsAt(rest: string, fields: readonly FilterField[]): Part {
  let at = 0;
  while (at < rest.length) {
    const here = rest.slice(at);
    if (at > 0 && (JOINER.test(here) || QUOTED.test(here))) break;
    const clause = CLAUSE.exec(here);
    if (at > 0 && clause && fieldOf(clause[1]!, fields)) break;
    const word = /^\S+\s*/.exec(here);
    at += word ? word[0].length : here.length;
  }
  const text = rest.slice(0, at).trim();
  return { text: text === "" ? null : text, length: at };
}

/** Replacements for the wrong part of a filter, derived from the server's error message and hint. */
export function repairsOf(text: string, wrong: { from: number; to: number }, hint: string | null, message: string): { label: string; text: string }[] {
  const put = (instead: string) => text.slice(0, wrong.from) + instead + text.slice(wrong.to);
  const repairs: { label: string; text: string }[] = [];
  const meant = /Did you mean `(.+)`\?/.exec(hint ?? "")?.[1] ?? /Use '([^']+)'/.exec(message)?.[1];
  if (meant) repairs.push({ label: `Write ${meant}`, text: put(meant) });
  const quoted = /Put it in quotes: (.+)$/.exec(hint ?? "")?.[1];
  if (quoted) repairs.push({ label: `Write ${quoted}`, text: put(quoted) });
  repairs.push({ label: "Search for this text", text: quoteText(text.trim()) });
  return repairs;
}
