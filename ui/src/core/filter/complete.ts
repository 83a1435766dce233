// Completion: what is expected at the caret, and the choices for it.
import type { FilterField } from "../types";
import { lex, type Token } from "./lex";
import { quoteText } from "./print";

export interface Expected {
  what: "field" | "comparator" | "value" | "joiner";
  /** The part of the text that a choice replaces, and the typed part before the caret. */
  from: number;
  to: number;
  typed: string;
  field?: string;
  comparator?: string;
  /** The caret is inside `IN (…)`. */
  list?: boolean;
}

export interface Choice {
  /** The inserted text. */
  text: string;
  /** The displayed text, if it differs. */
  label?: string;
  /** A count such as `288 traces`, or a description of the field. */
  note?: string;
  group?: string;
}

type State = "field" | "comparator" | "in" | "value" | "list" | "joiner" | "null";

export function expectedAt(text: string, caret: number): Expected {
  const tokens = lex(text);
  const before = tokens.filter((token) => token.to < caret || (token.to === caret && ends(token)));
  const touched = tokens.find((token) => token.from < caret && caret <= token.to && !before.includes(token));
  const { state, field, comparator } = walk(before);
  const place = {
    from: touched?.from ?? caret,
    to: touched ? endOf(touched, text, caret) : caret,
    typed: touched ? text.slice(touched.from, caret) : "",
  };
  switch (state) {
    case "field": return { what: "field", ...place };
    case "comparator": return { what: "comparator", ...place, field };
    case "in": return { what: "value", ...place, field, comparator, list: true };
    case "null": return { what: "comparator", ...place, field, comparator: "IS" };
    case "value": return { what: "value", ...place, field, comparator };
    case "list": return { what: "value", ...place, field, comparator, list: true };
    case "joiner": return { what: "joiner", ...place };
  }
}

/** The end of a token. Text after the caret that only an unclosed quote includes does not belong to the value. */
function endOf(token: Token, text: string, caret: number): number {
  const swallowed = token.kind === "string" && (token.open || /\s(?:AND|OR)\s/i.test(text.slice(caret, token.to)));
  return swallowed ? caret : token.to;
}

/** Whether a token is complete, so that typing on would begin another one. */
function ends(token: Token): boolean {
  return token.kind === "symbol" || (token.kind === "string" && !token.open) || (token.kind === "comparator" && !/^[a-z]/i.test(token.text));
}

function walk(tokens: Token[]): { state: State; field?: string; comparator?: string } {
  let state: State = "field";
  let field: string | undefined;
  let comparator: string | undefined;
  let negated = false;
  for (const token of tokens) {
    const word = token.kind === "string" ? "" : token.text.toUpperCase();
    if (word === "AND" || word === "OR") {
      state = "field";
      field = comparator = undefined;
    } else if (state === "field") {
      if (word === "NOT" || word === "(") continue;
      state = token.kind === "string" ? "joiner" : "comparator";
      field = token.text;
      negated = false;
    } else if (state === "comparator") {
      if (word === "NOT") negated = true;
      else {
        comparator = (negated ? "NOT " : "") + word;
        state = word === "IN" ? "in" : word === "IS" ? "null" : "value";
      }
    } else if (state === "in") state = "list";
    else if (state === "null") state = word === "NOT" ? "null" : "joiner";
    else if (state === "list") state = word === ")" ? "joiner" : "list";
    else state = "joiner";
  }
  return { state, field, comparator };
}

const JOINERS: Choice[] = [
  { text: "AND", note: "both conditions" },
  { text: "OR", note: "either condition" },
];

const COMPARATOR_NOTES: Record<string, string> = {
  "=": "equals", "!=": "does not equal", ">": "more than", ">=": "at least", "<": "less than", "<=": "at most",
  LIKE: "matches a pattern with %", ILIKE: "the same, ignoring case", RLIKE: "matches a regular expression",
  CONTAINS: "contains, ignoring case", IN: "is one of", "NOT IN": "is not one of", "IS NULL": "has no value", "IS NOT NULL": "has a value", "IS GOOD": "is good, by the settings of the feedback", "IS BAD": "is bad, by the settings of the feedback",
};

/** Choices for fields, comparators and joiners. Values come from the server. */
export function choices(expected: Expected, fields: FilterField[]): Choice[] {
  switch (expected.what) {
    case "field": return fieldChoices(expected.typed, fields);
    case "comparator": return comparatorChoices(expected, fields);
    case "joiner": return JOINERS.filter((choice) => choice.text.startsWith(expected.typed.toUpperCase()));
    case "value": return [];
  }
}

/** How much of a value is shown beside its field. */
const EXAMPLE_CHARS_MAX = 40;

function fieldChoices(typed: string, fields: FilterField[]): Choice[] {
  const wanted = typed.toLowerCase();
  const ranked = fields
    .map((field) => ({ field, rank: rankOf(field.field.toLowerCase(), wanted) }))
    .filter((one) => 0 <= one.rank);
  ranked.sort((a, b) => a.rank - b.rank);
  return ranked.map(({ field }) => ({
    text: field.field,
    note: field.example !== null ? `such as ${field.example.slice(0, EXAMPLE_CHARS_MAX)}` : field.traces === null ? field.help : `${field.traces.toLocaleString("en-US")} traces`,
    group: field.group,
  }));
}

/** 0 if the name begins with the text, 1 if a part of it does, 2 if it contains it, else -1. */
function rankOf(name: string, wanted: string): number {
  if (name.startsWith(wanted)) return 0;
  const at = name.indexOf(wanted);
  if (at < 0) return -1;
  return /[._`" -]/.test(name[at - 1]!) ? 1 : 2;
}

function comparatorChoices(expected: Expected, fields: FilterField[]): Choice[] {
  const field = fields.find((one) => one.field === expected.field);
  const known = field?.comparators ?? ["=", "!=", "LIKE", "ILIKE", "RLIKE", "IS NULL", "IS NOT NULL"];
  const wanted = (expected.comparator === "IS" ? `IS ${expected.typed}` : expected.typed).toUpperCase();
  return known
    .filter((comparator) => comparator.startsWith(wanted))
    .map((comparator) => ({
      text: expected.comparator === "IS" ? comparator.slice(3) : comparator,
      label: comparator,
      note: COMPARATOR_NOTES[comparator],
    }));
}

/** The value as text for this comparator. */
export function valueText(value: string, expected: Expected, field: FilterField | undefined): string {
  const number = field?.kind === "number" || field?.kind === "time" || /^[<>]/.test(expected.comparator ?? "");
  if (number && value !== "" && Number.isFinite(Number(value))) return value;
  return quoteText(value);
}

/** The typed part of a value, without its opening quote. */
export function typedValue(typed: string): string {
  return typed.replace(/^['"(]/, "");
}

/** The text with a choice inserted, and the new position of the caret. */
export function accept(text: string, expected: Expected, chosen: string): { text: string; caret: number } {
  let from = expected.from;
  let put = chosen;
  if (expected.list && expected.comparator?.endsWith("IN") && !/\(/.test(text.slice(0, from).slice(lastIn(text.slice(0, from))))) {
    if (text[from] === "(") from += 1;
    else put = `(${put}`;
  }
  const begin = text.slice(0, from);
  const space = begin === "" || /[\s(]$/.test(begin) ? "" : " ";
  const rest = text.slice(expected.to);
  const after = expected.list ? "" : /^\s/.test(rest) || rest.startsWith(")") ? "" : " ";
  const written = begin + space + put + after;
  const skip = after === "" && /^\s/.test(rest) ? 1 : 0;
  return { text: written + rest, caret: written.length + skip };
}

function lastIn(text: string): number {
  return Math.max(text.toUpperCase().lastIndexOf(" IN"), 0);
}
