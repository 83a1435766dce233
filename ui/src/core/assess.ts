// The criteria that an experiment's traces are assessed by, derived from its existing feedback.
import { verdictOf } from "./feedbackVerdict";
import type { FacetValue } from "./types";

/** The kind of input for a feedback value: two buttons, a few words, a number or free text. */
export type CriterionInput =
  | { kind: "verdict"; good: unknown; bad: unknown }
  | { kind: "choice"; values: string[] }
  | { kind: "rating"; from: number; to: number }
  | { kind: "number" }
  | { kind: "text" };

export interface Criterion {
  name: string;
  input: CriterionInput;
}

/** The criterion that thumbs up and down are stored as. */
export function thumbsCriterion(name: string): Criterion {
  return { name, input: { kind: "verdict", good: true, bad: false } };
}

const CHOICES_MAX = 6;
const CHOICE_CHARS_MAX = 24;

/** The input for a criterion, chosen by its existing values, as the server lists them (quoted or not). */
export function inputFor(values: Pick<FacetValue, "value" | "verdict">[]): CriterionInput {
  const filled = values.map(({ value, verdict }) => ({ value: unquote(value), verdict })).filter(({ value }) => value !== "");
  const known = filled.map(({ value }) => value);
  const verdicts = filled.map(verdictOf);
  if (known.length === 0) return { kind: "text" };
  const numbers = known.map(Number);
  if (numbers.every(Number.isFinite)) {
    const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
    const isRating = numbers.every(Number.isInteger) && 0 <= low && 1 < high && high <= 10;
    return isRating ? { kind: "rating", from: Math.min(low, 1), to: high <= 5 ? 5 : 10 } : { kind: "number" };
  }
  if (verdicts.every((verdict) => verdict !== null)) {
    // Several words may have the same verdict; the most frequent comes first.
    const good = known.find((_, at) => verdicts[at] === "good");
    const bad = known.find((_, at) => verdicts[at] === "bad");
    return { kind: "verdict", good: typed(good ?? opposite(bad!)), bad: typed(bad ?? opposite(good!)) };
  }
  const isShort = known.every((value) => value.length <= CHOICE_CHARS_MAX);
  return isShort && known.length <= CHOICES_MAX ? { kind: "choice", values: known } : { kind: "text" };
}

/** The name in `feedback.helpful` or ``feedback.`my metric` ``. */
export function nameInField(field: string): string {
  return field.replace(/^(feedback|expectation)\./, "").replace(/^[`"](.*)[`"]$/, "$1");
}

/** Parses what a person typed: `true`, `3`, `{"a": 1}`, or plain text. */
export function parseTypedValue(text: string): unknown {
  const trimmed = text.trim();
  if (!/^(?:true|false|null|-?\d|[{["])/.test(trimmed)) return text;
  try {
    return JSON.parse(trimmed) as unknown;
  } catch {
    return text;
  }
}

const PAIRS = [["true", "false"], ["yes", "no"], ["pass", "fail"], ["passed", "failed"], ["good", "bad"], ["correct", "incorrect"], ["positive", "negative"], ["up", "down"], ["thumbs_up", "thumbs_down"]];

function opposite(word: string): string {
  const lower = word.toLowerCase();
  const pair = PAIRS.find((it) => it.includes(lower));
  return pair?.find((it) => it !== lower) ?? `not ${word}`;
}

function typed(word: string): unknown {
  return word === "true" ? true : word === "false" ? false : word;
}

function unquote(value: string): string {
  if (!/^".*"$/s.test(value)) return value;
  try {
    return String(JSON.parse(value));
  } catch {
    return value;
  }
}
