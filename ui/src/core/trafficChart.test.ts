import fc from "fast-check";
import { expect, test } from "vitest";
import { bucketRange, trafficChart } from "./trafficChart";
import type { TraceSummary } from "./types";

test("the first and last buckets are clipped to the requested range", () => {
  const requested = { from_ms: 150, to_ms: 280, bucket_ms: 100 };
  expect(bucketRange(requested, 100)).toEqual({ from: "150", to: "199" });
  expect(bucketRange(requested, 200)).toEqual({ from: "200", to: "280" });
});

const bucket = fc.record({ ok: fc.nat(99), error: fc.nat(99), recovered: fc.nat(99), in_progress: fc.nat(99) });

test("the series add up to the traces, and each total to its series", () => {
  fc.assert(fc.property(fc.array(bucket, { minLength: 1, maxLength: 20 }), (counts) => {
    const buckets = counts.map((one, at) => ({ ...one, start_ms: at * 100 }));
    const total = (key: keyof (typeof counts)[number]) => counts.reduce((sum, one) => sum + one[key], 0);
    const [errors, recovered, in_progress] = [total("error"), total("recovered"), total("in_progress")];
    const traces = total("ok") + errors + recovered + in_progress;
    const { data, overall } = trafficChart({ buckets, bucket_ms: 100, traces, errors, recovered, in_progress } as TraceSummary);
    expect(data.series.map(({ values }) => values.reduce<number>((sum, value) => sum + (value ?? 0), 0))).toEqual(overall);
    expect(overall.reduce<number>((sum, value) => sum + (value ?? 0), 0)).toBe(traces);
  }));
});
