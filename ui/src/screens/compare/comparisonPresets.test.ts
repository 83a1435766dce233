import { expect, test } from "vitest";
import type { TraceGroup } from "../../core/types";
import { presets } from "./comparisonPresets";

const group = (value: string | null, traces: number, first_ms: number): TraceGroup => ({
  value, filter: value === null ? "version IS NULL" : `version = '${value}'`, traces, errors: 0, recovered: 0, p50_ms: null, p95_ms: null,
  total_tokens: 0, cost: 0, first_ms, last_ms: first_ms, feedback: [], series: [],
});

test("the newest versions are the last ones with more than a few traces, the older one first", () => {
  const [versions] = presets([group("v1", 900, 10), group(null, 50, 99), group("v4", 1, 40), group("v3", 20, 30), group("v2", 40, 20)], []);
  expect(versions).toMatchObject({ says: "v2 and v3", address: { qa: "version = 'v2'", qb: "version = 'v3'" } });
});

test("versions with one or two traces are compared only if there are no others", () => {
  expect(presets([group("v1", 900, 10), group("v2", 1, 20)], [])[0]?.says).toBe("v1 and v2");
});

test("the most frequent models come first, whatever their age", () => {
  const [, models] = presets([], [group("small", 5, 30), group("large", 50, 10), group("other", 20, 20)]);
  expect(models?.says).toBe("large and other");
});

test("an impossible comparison has a reason", () => {
  const [versions, models] = presets([group("v1", 1, 1), group(null, 1, 1)], undefined);
  expect(versions).toMatchObject({ address: null, says: "fewer than two versions among the traces" });
  expect(models).toMatchObject({ address: null, says: "…" });
  expect(presets(null, [])[0]).toMatchObject({ address: null, says: "could not be loaded" });
});
