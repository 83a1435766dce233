import { expect, test } from "vitest";
import { kindOf, presence, stepChanges } from "./stepChanges";
import type { Step, StepList } from "./types";

function step(name: string, more: Partial<Step> = {}): Step {
  const calls = more.calls ?? 100;
  const spread = (mean: number | null, deviation = 1) => ({ count: 100, mean, deviation });
  return {
    name, span_type: "TOOL", value: null, filter: `span.name = '${name}'`, calls, traces: calls, errors: 0,
    p50_ms: 10, p95_ms: 20, p99_ms: 30, self_ms: 10, path_ms: 10, path_share: 0.1, first_token_p50_ms: null, total_tokens: 0, cost: 0,
    duration_ms: spread(10), cost_per_call: { count: 0, mean: null, deviation: null }, calls_per_trace: spread(1, 0.1),
    series: [], error_series: [], mean_ms_series: [], ...more,
  };
}

function list(steps: Step[], traces = 100): StepList {
  return {
    from_ms: 0, to_ms: 1, bucket_ms: 1, traces, path_ms: 100, steps, steps_total: steps.length, left_out_calls: 0, complete: true, covered_from_ms: null,
  };
}

const measures = (of: ReturnType<typeof stepChanges>[number]) => of.changes.filter(({ significance }) => significance === "significant").map(({ measure }) => measure);

test("new, gone and changed steps are distinguished, and those with the most time come first", () => {
  const slow = { duration_ms: { count: 100, mean: 20, deviation: 1 }, path_share: 0.5 };
  const changes = stepChanges(list([step("kept"), step("slower"), step("gone")]), list([step("kept"), step("slower", slow), step("new")]));
  expect(changes.map((change) => [change.name, kindOf(change)])).toEqual([["slower", "changed"], ["gone", "gone"], ["kept", "same"], ["new", "new"]]);
  expect(measures(changes[0]!)).toEqual(["duration"]);
});

test("a difference within the spread may be chance", () => {
  const spread = (mean: number) => ({ duration_ms: { count: 30, mean, deviation: 50 } });
  const [change] = stepChanges(list([step("search", spread(100))]), list([step("search", spread(110))]));
  expect(change!.changes[0]).toMatchObject({ measure: "duration", a: 100, b: 110, significance: "may be chance" });
  expect(kindOf(change!)).toBe("same");
});

test("more calls, more expensive calls and more failures are changes", () => {
  const more = {
    calls: 300, errors: 60, calls_per_trace: { count: 100, mean: 3, deviation: 0.5 }, cost_per_call: { count: 300, mean: 0.2, deviation: 0.01 },
  };
  const before = { cost_per_call: { count: 100, mean: 0.1, deviation: 0.01 } };
  const [change] = stepChanges(list([step("call", before)]), list([step("call", more)]));
  expect(measures(change!)).toEqual(["calls", "cost", "errors"]);
});

test("a step in few traces may be on one side by chance", () => {
  const one = stepChanges(list([]), list([step("rare", { traces: 1 })]))[0]!;
  expect(presence(one, 100, 100)).toBe("may be chance");
  const many = stepChanges(list([]), list([step("often", { traces: 40 })]))[0]!;
  expect(presence(many, 100, 100)).toBe("significant");
  expect(presence(many, 3, 100)).toBe("too few");
});

test("the same name with another type is another step", () => {
  expect(stepChanges(list([step("call")]), list([step("call", { span_type: null })]))).toHaveLength(2);
});
