// Two runs over the same inputs: which traces answer the same input, and how they were scored.
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

/** The feedback of one scorer on a trace; of several, the last. */
export function scoreOf(row: TraceRow | null, name: string): AssessmentRow | null {
  return row?.assessments.findLast((one) => one.kind === "feedback" && one.name === name) ?? null;
}

export type ScoreChange = "better" | "worse" | "same";

/** How a score changed from A to B; `null` if one of them says nothing that can be compared. */
export function scoreChange(a: AssessmentRow | null, b: AssessmentRow | null): ScoreChange | null {
  if (!a || !b) return null;
  const [before, now] = [rankOf(a), rankOf(b)];
  if (before === null || now === null) return JSON.stringify(a.value) === JSON.stringify(b.value) ? "same" : null;
  return now === before ? "same" : before < now ? "better" : "worse";
}

/** Numbers are compared as such, other values by whether they are good. */
function rankOf(assessment: AssessmentRow): number | null {
  const verdict = verdictOf(assessment);
  if (typeof assessment.value === "number") return assessment.value;
  return verdict === null ? null : Number(verdict === "good");
}
