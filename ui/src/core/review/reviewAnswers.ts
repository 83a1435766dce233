// The answers of a reviewer to the questions about one trace: as typed, as stored, and what a save changes.
import type { AssessmentRow } from "../types";
import { choicesOf, inputKind, type LabelSchema } from "./labelSchema";
import { isSameUser } from "./reviewQueue";

/** A number that is being typed is a text until it is saved. */
export type AnswerValue = boolean | number | string | string[] | null;

export interface Answer {
  value: AnswerValue;
  comment: string;
}

/** Answers by the names of their questions; a question without an entry was not touched. */
export type Answers = Readonly<Record<string, Answer>>;

export const NO_ANSWER: Answer = { value: null, comment: "" };

export interface StoredAnswer extends Answer {
  row: AssessmentRow;
}

export function isAnswered({ value }: Answer): boolean {
  if (typeof value === "string" || Array.isArray(value)) return 0 < (typeof value === "string" ? value.trim() : value).length;
  return value !== null;
}

/** Whether an assessment answers a question about the whole trace, by a person. */
export function answersQuestion(row: AssessmentRow, { name, type }: LabelSchema): boolean {
  return row.name === name && row.kind === type.toLowerCase() && row.source_type === "HUMAN" && !row.span_id;
}

/** The newest answers of a person. */
export function storedAnswers(rows: readonly AssessmentRow[], schemas: readonly LabelSchema[], person: string): Record<string, StoredAnswer> {
  const found: Record<string, StoredAnswer> = {};
  for (const schema of schemas) {
    for (const row of rows) {
      if (!answersQuestion(row, schema) || !isSameUser(row.source_id, person)) continue;
      const before = found[schema.name];
      if (before && row.update_time_ms < before.row.update_time_ms) continue;
      found[schema.name] = { value: valueOf(row.value), comment: row.rationale ?? "", row };
    }
  }
  return found;
}

/** The value of an assessment as an answer. Lists of clients that store them as JSON are lists, too. */
export function valueOf(value: unknown): AnswerValue {
  if (typeof value === "boolean" || typeof value === "number" || typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(String);
  return value == null ? null : JSON.stringify(value);
}

/** Why an answer cannot be saved; `null` if it can. */
export function problemOf(schema: LabelSchema, answer: Answer): string | null {
  if (!isAnswered(answer)) return answer.comment.trim() ? "A comment needs an answer." : null;
  const { numeric, text } = schema.input;
  if (numeric) {
    const number = Number(answer.value);
    if (!Number.isFinite(number)) return "This is not a number.";
    if (numeric.min_value !== undefined && number < numeric.min_value) return `At least ${numeric.min_value}.`;
    if (numeric.max_value !== undefined && numeric.max_value < number) return `At most ${numeric.max_value}.`;
  }
  if (text?.max_length && text.max_length < [...String(answer.value)].length) return `At most ${text.max_length} characters.`;
  return null;
}

/** The answer as it is stored. */
export function savedValue({ input }: LabelSchema, { value }: Answer): AnswerValue {
  if (input.numeric) return Number(value);
  return typeof value === "string" && input.text ? value.trim() : value;
}

export interface AnswerChange {
  schema: LabelSchema;
  /** `null` deletes the stored answer. */
  answer: Answer | null;
  /** The stored answer that it replaces. */
  before: StoredAnswer | null;
}

/** The differences of answers from what is stored. */
export function changesOf(schemas: readonly LabelSchema[], stored: Readonly<Record<string, StoredAnswer>>, answers: Answers): AnswerChange[] {
  return schemas.flatMap((schema): AnswerChange[] => {
    const [answer, before] = [answers[schema.name], stored[schema.name] ?? null];
    if (!answer) return [];
    if (!isAnswered(answer)) return before ? [{ schema, answer: null, before }] : [];
    const wanted = { value: savedValue(schema, answer), comment: answer.comment.trim() };
    const isSame = before !== null && answerKey(before.value) === answerKey(wanted.value) && before.comment.trim() === wanted.comment;
    return isSame ? [] : [{ schema, answer: wanted, before }];
  });
}

/** The same text for equal answers; the order of several options does not matter. */
export function answerKey(value: AnswerValue): string {
  return JSON.stringify(Array.isArray(value) ? value.toSorted() : value);
}

/** An answer in words: the label of pass or fail, options separated by commas. */
export function answerText({ input }: LabelSchema, value: AnswerValue): string {
  if (typeof value === "boolean" && input.pass_fail) return value ? input.pass_fail.positive_label : input.pass_fail.negative_label;
  if (Array.isArray(value)) return value.join(", ");
  return value === null ? "–" : String(value);
}

/** The answer after a choice was pressed. One of several is switched on or off; pressing the only one again clears it. */
export function withChoice(schema: LabelSchema, answer: Answer, choice: boolean | string | number): Answer {
  if (inputKind(schema.input) !== "several") return { ...answer, value: answer.value === choice ? null : choice };
  const chosen = Array.isArray(answer.value) ? answer.value : [];
  const option = String(choice);
  const next = chosen.includes(option) ? chosen.filter((other) => other !== option) : [...chosen, option];
  // In the order of the options.
  return { ...answer, value: choicesOf(schema.input).map(({ label }) => label).filter((label) => next.includes(label)) };
}

/** The choice that a key stands for. Pass and fail also have the keys 1 and 2. */
export function choiceOfKey(schema: LabelSchema, key: string): boolean | string | number | null {
  const choices = choicesOf(schema.input);
  const found = choices.find((choice) => choice.key === key) ?? (schema.input.pass_fail && (key === "1" || key === "2") ? choices[Number(key) - 1] : undefined);
  return found?.value ?? null;
}
