// Aligns the traces of two runs by input, and compares their scores.
import { verdictOf } from "./feedbackVerdict";
import type { AssessmentRow, TraceRow } from "./types";

export interface AlignedInput {
  input: string;
  a: TraceRow | null;
  b: TraceRow | null;
}

/** The inputs of both runs, in the order of A, then those of B alone. An input that occurs several times is paired in order. */
export function alignRuns(a: readonly TraceRow[], b: readonly TraceRow[]): AlignedInput[] {
  const waiting = new Map<string, TraceRow[]>();
  for (const row of b) waiting.set(inputOf(row), [...(waiting.get(inputOf(row)) ?? []), row]);
  const aligned = a.map((row): AlignedInput => ({ input: inputOf(row), a: row, b: waiting.get(inputOf(row))?.shift() ?? null }));
  const rest = [...waiting].flatMap(([input, rows]) => rows.map((row): AlignedInput => ({ input, a: null, b: row })));
  return [...aligned, ...rest];
}

function inputOf({ input, name, trace_id }: TraceRow): string {
  return (input ?? name ?? trace_id).trim();
}

/** The names of all feedback on these traces. */
export function scorerNames(rows: readonly TraceRow[]): string[] {
  const names = rows.flatMap(({ assessments }) => assessments.filter(({ kind }) => kind === "feedback").map(({ name }) => name));
  return [...new Set(names)].sort();
}

/** The feedback of one scorer on a trace; the last one if there are several. */
export function scoreOf(row: TraceRow | null, name: string): AssessmentRow | null {
  return row?.assessments.findLast((one) => one.kind === "feedback" && one.name === name) ?? null;
}

export type ScoreChange = "better" | "worse" | "same";

/** The change of a score from A to B; `null` if the two cannot be compared. */
export function scoreChange(a: AssessmentRow | null, b: AssessmentRow | null): ScoreChange | null {
  if (!a || !b) return null;
  const [before, now] = [rankOf(a), rankOf(b)];
  if (before === null || now === null) return JSON.stringify(a.value) === JSON.stringify(b.value) ? "same" : null;
  return now === before ? "same" : before < now ? "better" : "worse";
}

/** The value that a score is compared by: a number itself, else 1 for a good and 0 for a bad value; `null` without a verdict. */
function rankOf(assessment: AssessmentRow): number | null {
  const verdict = verdictOf(assessment);
  if (typeof assessment.value === "number") return assessment.value;
  return verdict === null ? null : Number(verdict === "good");
}
