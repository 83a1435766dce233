import { describe, expect, it } from "vitest";
import type { AlertRule } from "../types";
import { conditionText, endText, isMuted, samplesText, signalText, signalValueText, sortRules, spanText } from "./alertText";

const rule = (patch: Partial<AlertRule>, settings: Partial<AlertRule["settings"]> = {}): AlertRule => ({
  rule_id: "al-1", has_slack_url: false, slack_error: null, muted_until_ms: null, status: "ok", since_ms: 0, evaluated_ms: 1, value: 0.1, traces: 30, complete: true, problem: null,
  alert: null, traces_link: null, create_time_ms: 0, update_time_ms: 0,
  settings: { name: "errors", signal: { type: "error_rate" }, filter: "", comparison: "above", threshold: 0.05, resolve_threshold: null, window_s: 900, traces_min: 20, for_s: 60, resolve_after_s: 300, enabled: true, ...settings },
  ...patch,
});

describe("alertText", () => {
  it("writes signals, values and conditions in their units", () => {
    expect(signalText({ type: "latency", percentile: 99 })).toBe("P99 latency");
    expect(signalText({ type: "pass_rate", feedback: "tone" })).toBe("Pass rate of tone");
    expect(signalValueText({ type: "latency", percentile: 95 }, 1500)).toBe("1.50 s");
    expect(signalValueText({ type: "scorer_lag", scorer: "tone" }, 90)).toBe("1m 30s");
    expect(signalValueText({ type: "error_rate" }, 0.05)).toBe("5 %");
    expect(signalValueText({ type: "cost" }, null)).toBe("–");
    expect(conditionText(rule({}).settings)).toBe("above 5 % over 15m");
    expect(conditionText(rule({}, { signal: { type: "scorer_lag", scorer: "tone" }, threshold: 60 }).settings)).toBe("above 1m 00s");
    expect([60, 90, 7200, 86_400].map(spanText)).toEqual(["1m", "90s", "2h", "1d"]);
  });

  it("says what a value is computed from", () => {
    expect(samplesText(rule({}))).toBe("30 traces");
    expect(samplesText(rule({ complete: false, traces: 1 }))).toBe("newest 1 trace");
    expect(samplesText(rule({ status: "no_data", traces: 3 }))).toBe("3 traces of at least 20");
    expect(samplesText(rule({ evaluated_ms: null }))).toBe("not evaluated yet");
    expect(samplesText(rule({ traces: 1 }, { signal: { type: "scorer_lag", scorer: "tone" } }))).toBe("1 trace waits");
  });

  it("lists firing rules first and disabled ones last", () => {
    const rules = [rule({}, { name: "b" }), rule({ status: "firing" }, { name: "off", enabled: false }), rule({ status: "no_data" }, { name: "c" }), rule({ status: "firing" }, { name: "d" }), rule({}, { name: "a" })];
    expect(sortRules(rules).map(({ settings }) => settings.name)).toEqual(["d", "c", "a", "b", "off"]);
  });

  it("knows whether a rule is muted and how an alert ended", () => {
    expect(isMuted(rule({ muted_until_ms: 10 }), 9)).toBe(true);
    expect(isMuted(rule({ muted_until_ms: 10 }), 10)).toBe(false);
    const alert = { alert_id: "a", rule_id: "al-1", settings: rule({}).settings, start_ms: 0, value: 1, peak: 1, traces: 1, notified: true, traces_link: null };
    expect(endText({ ...alert, end_ms: null, end_reason: null })).toBe("still firing");
    expect(endText({ ...alert, end_ms: 1, end_reason: "no_data" })).toBe("too few traces");
  });
});
