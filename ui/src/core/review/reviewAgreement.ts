// Agreement of the reviewers of a queue on each of its questions, and the items on which they differ.
import { cohenKappa, krippendorffAlpha } from "../agreement";
import type { AssessmentRow } from "../types";
import { inputKind, type LabelSchema } from "./labelSchema";
import { answerKey, answersQuestion, valueOf, type AnswerValue } from "./reviewAnswers";

/** The answers to one question about one trace, by reviewer. */
export interface AnswersOfItem {
  traceId: string;
  answers: ReadonlyMap<string, AnswerValue>;
}

export interface Agreement {
  schema: LabelSchema;
  reviewers: string[];
  /** The items that at least two reviewers answered. */
  items: AnswersOfItem[];
  /** How many of them have the same answer from all. */
  same: number;
  measure: "Cohen’s κ" | "Krippendorff’s α" | null;
  value: number | null;
}

interface AnsweredTrace {
  trace_id: string;
  assessments: readonly AssessmentRow[];
}

export function agreementOf(schema: LabelSchema, traces: readonly AnsweredTrace[]): Agreement {
  const items = traces.map((trace) => answersOf(schema, trace)).filter(({ answers }) => 2 <= answers.size);
  const reviewers = [...new Set(items.flatMap(({ answers }) => [...answers.keys()]))].sort();
  return { schema, reviewers, items, same: items.filter((item) => !isDisagreement(item)).length, ...measured(schema, items, reviewers) };
}

/** The newest answer of each person; names differ by more than the case of letters. */
function answersOf(schema: LabelSchema, { trace_id, assessments }: AnsweredTrace): AnswersOfItem {
  const newest = new Map<string, AssessmentRow>();
  for (const row of assessments) {
    if (!answersQuestion(row, schema) || row.value == null) continue;
    const user = (row.source_id ?? "").trim().toLowerCase();
    const before = newest.get(user);
    if (!before || before.update_time_ms <= row.update_time_ms) newest.set(user, row);
  }
  return { traceId: trace_id, answers: new Map([...newest].map(([user, row]) => [user, valueOf(row.value)])) };
}

export function isDisagreement({ answers }: AnswersOfItem): boolean {
  return 1 < new Set([...answers.values()].map(answerKey)).size;
}

/** Free text is not measured: two people rarely write the same words. */
function measured(schema: LabelSchema, items: AnswersOfItem[], reviewers: string[]): Pick<Agreement, "measure" | "value"> {
  const kind = inputKind(schema.input);
  if (kind === "text" || items.length === 0) return { measure: null, value: null };
  const units = items.map(({ answers }) => [...answers.values()]);
  if (kind === "number") return { measure: "Krippendorff’s α", value: krippendorffAlpha(units.map((values) => values.map(Number)), "interval") };
  const keys = units.map((values) => values.map(answerKey));
  if (reviewers.length > 2) return { measure: "Krippendorff’s α", value: krippendorffAlpha(keys, "nominal") };
  const [a, b] = reviewers as [string, string];
  const pairs = items.map(({ answers }) => [answerKey(answers.get(a)!), answerKey(answers.get(b)!)] as const);
  return { measure: "Cohen’s κ", value: cohenKappa(pairs) };
}

/** The distance of the answers to an item, to list the largest first: of numbers their range, otherwise how many differ. */
export function spreadOf(schema: LabelSchema, { answers }: AnswersOfItem): number {
  const values = [...answers.values()];
  if (inputKind(schema.input) !== "number") return new Set(values.map(answerKey)).size - 1;
  const numbers = values.map(Number);
  const [from, to] = [schema.input.numeric?.min_value, schema.input.numeric?.max_value];
  const range = Math.max(...numbers) - Math.min(...numbers);
  return from !== undefined && to !== undefined ? range / (to - from) : range;
}
