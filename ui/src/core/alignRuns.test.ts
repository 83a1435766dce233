import { expect, test } from "vitest";
import { alignRuns, scoreChange, scoreOf, scorerNames } from "./alignRuns";
import type { AssessmentRow, TraceRow } from "./types";

const score = (name: string, value: unknown, verdict: string | null = null) => ({ assessment_id: `${name}${String(value)}`, kind: "feedback", name, value, verdict }) as unknown as AssessmentRow;
const row = (trace_id: string, input: string | null, assessments: AssessmentRow[] = []) => ({ trace_id, input, name: "ask", assessments }) as unknown as TraceRow;

test("traces of the same input are paired, in order if it occurs twice; others are not paired", () => {
  const a = [row("a1", "one"), row("a2", "two"), row("a3", "one"), row("a4", "only a")];
  const b = [row("b1", "two"), row("b2", " one "), row("b3", "one"), row("b4", "only b")];
  expect(alignRuns(a, b).map(({ input, a, b }) => [input, a?.trace_id, b?.trace_id])).toEqual([
    ["one", "a1", "b2"], ["two", "a2", "b1"], ["one", "a3", "b3"], ["only a", "a4", undefined], ["only b", undefined, "b4"],
  ]);
});

test("scores are compared by number, or by verdict", () => {
  expect(scoreChange(score("ok", "no", "bad"), score("ok", "yes", "good"))).toBe("better");
  expect(scoreChange(score("ok", "yes", "good"), score("ok", true, "good"))).toBe("same");
  expect(scoreChange(score("n", 0.8), score("n", 0.4))).toBe("worse");
  expect(scoreChange(score("tone", "kind"), score("tone", "rude"))).toBeNull();
  expect(scoreChange(score("ok", "yes", "good"), null)).toBeNull();
  const traces = [row("a", "x", [score("b", 1), score("a", 1)]), row("b", "x", [score("a", 2), score("a", 3)])];
  expect(scorerNames(traces)).toEqual(["a", "b"]);
  expect(scoreOf(traces[1]!, "a")?.value).toBe(3);
});
