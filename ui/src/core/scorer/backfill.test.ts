import { describe, expect, it } from "vitest";
import type { Backfill, BackfillForecast } from "../types";
import { basisText, doneShare, forecastText, progressText, ratesOf } from "./backfill";

const scorer = { scorer: "tone", version: 1, kind: "judge", session_level: false, assessed: 10, calls: 10, input_tokens: 1000, output_tokens: 50, cost_usd: 0.5, based_on_calls: 7 };
const forecast: BackfillForecast = { traces: 20, complete: true, scorers: [scorer], cost_usd: 0.5 };
const backfill = { state: "running", selected: 100, selected_complete: true, looked_at: 50, jobs_added: 40, jobs_done: 20, checked: 5 } as Backfill;

describe("a backfill", () => {
  it("needs a scorer, and a valid rate of each", () => {
    expect(ratesOf({})).toBeNull();
    expect(ratesOf({ tone: "0" })).toBeNull();
    expect(ratesOf({ tone: "50 %", other: "x" })).toBeNull();
    expect(ratesOf({ tone: "50" })).toEqual([{ scorer: "tone", sample_rate: 0.5 }]);
  });

  it("is forecast with calls and cost, as far as they are known", () => {
    expect(forecastText(forecast)).toBe("20 traces match; up to 10 calls of models, about $0.50.");
    expect(forecastText({ ...forecast, complete: false, cost_usd: null })).toBe("At least 20 traces match; at least 10 calls of models.");
    expect(forecastText({ ...forecast, traces: 1, scorers: [{ ...scorer, calls: 0 }] })).toBe("1 trace matches; no model is called.");
    expect(basisText(scorer)).toBe("about 1,000 + 50 tokens, $0.50, by its 7 calls of the last 30 days");
    expect(basisText({ ...scorer, cost_usd: null })).toContain("price unknown");
    expect(basisText({ ...scorer, based_on_calls: 0 })).toContain("no estimate");
    expect(basisText({ ...scorer, kind: "check" })).toBeNull();
  });

  it("has a progress that counts what waits as not done", () => {
    expect(doneShare(backfill)).toBeCloseTo(0.3);
    expect(doneShare({ ...backfill, state: "done" })).toBe(1);
    expect(doneShare({ ...backfill, selected: 0, looked_at: 0, jobs_added: 0, jobs_done: 0 })).toBe(0);
    expect(progressText(backfill)).toBe("50 of 100 traces, 25 scored, 20 waiting");
    expect(progressText({ ...backfill, selected_complete: false, jobs_done: 40 })).toBe("50 of 100+ traces, 45 scored");
  });
});
