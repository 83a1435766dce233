// Compares the steps of two sides: new and gone steps, and those that are slower, called more often or cost more.
import { type Significance, shareDifference, spreadDifference } from "./significance";
import type { Spread, Step, StepList } from "./types";

export type Measure = "duration" | "calls" | "cost" | "errors";

/** A metric of a step on both sides; `null` is no value. */
export interface Change {
  measure: Measure;
  a: number | null;
  b: number | null;
  significance: Significance;
}

export interface StepChange {
  name: string;
  span_type: string | null;
  /** `null` where a side has no such step. */
  a: Step | null;
  b: Step | null;
  changes: Change[];
}

export type Kind = "new" | "gone" | "changed" | "same";

/** Steps of both sides; those that take the most time on either side come first. */
export function stepChanges(a: StepList, b: StepList): StepChange[] {
  const byKey = new Map<string, StepChange>();
  for (const [side, list] of [["a", a], ["b", b]] as const) {
    for (const step of list.steps) {
      const key = JSON.stringify([step.name, step.span_type]);
      const known = byKey.get(key) ?? { name: step.name, span_type: step.span_type ?? null, a: null, b: null, changes: [] };
      known[side] = step;
      byKey.set(key, known);
    }
  }
  const all = [...byKey.values()];
  for (const change of all) change.changes = changesOf(change, a.traces, b.traces);
  const weight = ({ a: inA, b: inB }: StepChange) => Math.max(inA?.path_share ?? 0, inB?.path_share ?? 0);
  return all.sort((one, other) => weight(other) - weight(one) || one.name.localeCompare(other.name));
}

export function kindOf({ a, b, changes }: StepChange): Kind {
  if (!a) return "new";
  if (!b) return "gone";
  return changes.some(({ significance }) => significance === "significant") ? "changed" : "same";
}

/** The significance of the difference between the shares of traces that have this step. */
export function presence({ a, b }: StepChange, tracesA: number, tracesB: number): Significance {
  return shareDifference(shareOf(a, tracesA), shareOf(b, tracesB));
}

function shareOf(step: Step | null, traces: number) {
  return { share: traces === 0 ? null : (step?.traces ?? 0) / traces, count: traces };
}

const SPREADS: { measure: Measure; of: (step: Step) => Spread }[] = [
  { measure: "duration", of: (step) => step.duration_ms },
  { measure: "calls", of: (step) => step.calls_per_trace },
  { measure: "cost", of: (step) => step.cost_per_call },
];

function changesOf({ a, b }: StepChange, tracesA: number, tracesB: number): Change[] {
  if (!a || !b || tracesA === 0 || tracesB === 0) return [];
  const changes: Change[] = SPREADS.map(({ measure, of }) => {
    const [inA, inB] = [plain(of(a)), plain(of(b))];
    return { measure, a: inA.mean, b: inB.mean, significance: spreadDifference(inA, inB) };
  });
  const failed = (step: Step) => ({ share: step.errors / step.calls, count: step.calls });
  changes.push({ measure: "errors", a: failed(a).share, b: failed(b).share, significance: shareDifference(failed(a), failed(b)) });
  return changes;
}

function plain({ count, mean, deviation }: Spread) {
  return { count, mean: mean ?? null, deviation: deviation ?? null };
}
