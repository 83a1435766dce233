import { describe, expect, it } from "vitest";
import type { AlertSettings } from "../types";
import { alertTemplates, draftOf, EMPTY_DRAFT, readDraft, SIGNALS, timeChoices, withSignal } from "./alertDraft";

describe("alertDraft", () => {
  it("reads percent, seconds and dollars in the units of the API", () => {
    const read = (patch: Partial<typeof EMPTY_DRAFT>) => readDraft({ ...EMPTY_DRAFT, name: "n", ...patch });
    expect(read({ threshold: "5 %", resolveThreshold: "3" }).settings).toMatchObject({ threshold: 0.05, resolve_threshold: 0.03, signal: { type: "error_rate" } });
    expect(read({ type: "latency", threshold: "1.5" }).settings).toMatchObject({ threshold: 1500, signal: { type: "latency", percentile: 95 } });
    expect(read({ type: "cost", threshold: "$1,000" }).settings.threshold).toBe(1000);
    expect(read({ type: "scorer_lag", subject: " tone ", filter: "status = 'OK'" }).settings).toMatchObject({ filter: "", signal: { type: "scorer_lag", scorer: "tone" } });
    expect(read({}).problems).toEqual({});
  });

  it("says what cannot be saved", () => {
    const problems = (patch: Partial<typeof EMPTY_DRAFT>) => Object.keys(readDraft({ ...EMPTY_DRAFT, name: "n", ...patch }).problems);
    expect(problems({ name: " " })).toEqual(["name"]);
    expect(problems({ threshold: "101" })).toEqual(["threshold"]);
    expect(problems({ threshold: "many" })).toEqual(["threshold"]);
    expect(problems({ resolveThreshold: "6" })).toEqual(["resolveThreshold"]);
    expect(problems({ comparison: "below", threshold: "50", resolveThreshold: "40" })).toEqual(["resolveThreshold"]);
    expect(problems({ type: "pass_rate" })).toEqual(["subject"]);
    expect(problems({ type: "latency", percentile: "0" })).toEqual(["percentile"]);
    for (const tracesMin of ["0", "1.5", "1000001", ""]) expect(problems({ tracesMin })).toEqual(["tracesMin"]);
    expect(problems({ type: "feedback_mean", subject: "score", threshold: "-1.5" })).toEqual([]);
  });

  it("shows stored settings as they were typed", () => {
    for (const { type } of SIGNALS) {
      const draft = { ...withSignal({ ...EMPTY_DRAFT, name: "n" }, type), subject: "tone", threshold: "7", resolveThreshold: "7", percentile: "95" };
      const named = type === "error_rate" || type === "latency" || type === "cost" || type === "tokens" ? { ...draft, subject: "" } : draft;
      const { settings, problems } = readDraft(named);
      expect(problems).toEqual({});
      expect(draftOf({ settings: settings as AlertSettings })).toEqual(named);
    }
  });

  it("keeps every percentage as it is, so that a new name alone changes nothing else", () => {
    for (let percent = 0; percent <= 100; percent++) {
      const { settings } = readDraft({ ...EMPTY_DRAFT, name: "n", threshold: String(percent) });
      expect(settings.threshold).toBe(Number(`${percent}e-2`));
      expect(draftOf({ settings }).threshold).toBe(String(percent));
    }
  });

  it("offers templates that can be saved as they are", () => {
    expect(alertTemplates(null, null)).toHaveLength(3);
    const all = alertTemplates("helpful", "tone");
    expect(all).toHaveLength(5);
    for (const { draft } of all) expect(readDraft(draft).problems).toEqual({});
  });

  it("keeps a time that is not usual among the choices", () => {
    expect(timeChoices([60, 300], 90).map(({ label }) => label)).toEqual(["1m", "90s", "5m"]);
    expect(timeChoices([0, 60], 0).map(({ label }) => label)).toEqual(["at once", "1m"]);
  });
});
