import { describe, expect, it } from "vitest";
import type { AlertPreview, AlertSettings } from "../types";
import { previewChart, previewText } from "./alertPreview";

const settings = { signal: { type: "scorer_lag", scorer: "tone" }, threshold: 60 } as AlertSettings;
const DAY = 86_400_000;

function preview(statuses: string[], alerts: AlertPreview["alerts"] = [], stepMs = DAY): AlertPreview {
  return { points: statuses.map((status, at) => ({ end_ms: (at + 1) * stepMs, value: at === 0 ? null : at, traces: at, status })), alerts, complete: true };
}

describe("alertPreview", () => {
  it("draws the values with the threshold, in the unit of the chart", () => {
    const chart = previewChart(preview(["no_data", "ok", "ok"]), settings);
    expect(chart?.startMs).toEqual([0, DAY, 2 * DAY]);
    expect(chart?.series.map(({ values }) => values)).toEqual([[null, 1000, 2000], [60_000, 60_000, 60_000], [0, 1, 2]]);
    expect(previewChart(preview(["ok"]), settings)).toBeNull();
  });

  it("says how often the rule would have fired", () => {
    const week = Array.from({ length: 8 }, () => "ok");
    expect(previewText(preview(week), 7)).toBe("It would not have fired in the last 7 days.");
    expect(previewText(preview(week, [{ start_ms: 1, end_ms: 2, peak: 1 }]), 7)).toBe("It would have fired once in the last 7 days.");
    expect(previewText(preview(week, [{ start_ms: 1, end_ms: 2, peak: 1 }, { start_ms: 3, end_ms: null, peak: 1 }]), 7)).toBe("It would have fired 2 times in the last 7 days, and fires now.");
    expect(previewText(preview(["no_data", "no_data"]), 1)).toBe("There were too few traces for a value in the last day.");
    expect(previewText(preview(["ok", "ok"], [], DAY / 4), 7)).toBe("It would not have fired in the last 6 hours.");
  });
});
