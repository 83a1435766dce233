import { expect, test } from "vitest";
import { archiveTotals, keptText, listedExperiments, waitingText } from "./archiveText";
import type { ArchivedExperiment } from "./types";

const experiment = (more: Partial<ArchivedExperiment>): ArchivedExperiment => ({
  experiment_id: "1", name: "a", enabled: true, prefix: null, traces: 0, spans: 0, files: 0, bytes: 0,
  waiting_traces: 0, waiting_since_ms: null, max_age_s: null, max_bytes: null, ...more,
});

test("retention and archive are told together", () => {
  const kept = (enabled: boolean, max_age_s: number | null, max_bytes: number | null = null) => keptText({ enabled, max_age_s, max_bytes });
  expect(kept(true, 7 * 86_400)).toBe("7 days hot, everything for good");
  expect(kept(true, 43_200, 2 ** 30)).toBe("12h 00m, 1.0 GiB hot, everything for good");
  expect(kept(true, null)).toBe("everything hot, everything for good");
  expect(kept(false, 86_400)).toBe("1 day, then deleted");
  expect(kept(false, null)).toBe("everything hot, not archived");
});

test("the trace that waits longest counts", () => {
  const totals = archiveTotals([
    experiment({ traces: 3, bytes: 10, waiting_traces: 1, waiting_since_ms: 9_000 }),
    experiment({ traces: 4, bytes: 20, waiting_traces: 2, waiting_since_ms: 4_000 }),
    experiment({}),
  ]);
  expect(totals).toMatchObject({ traces: 7, bytes: 30, waiting: 3, waitingSinceMs: 4_000 });
  expect(waitingText(totals.waiting, totals.waitingSinceMs, 10_000)).toBe("3 traces, the longest for 6.00 s");
  expect(waitingText(1, 4_000, 10_000)).toBe("1 trace for 6.00 s");
  expect(waitingText(0, null, 10_000)).toBe("none");
  // The clocks of server and browser differ.
  expect(waitingText(1, 11_000, 10_000)).toBe("1 trace for 0 ms");
});

test("experiments that the archive has nothing to do with are not listed", () => {
  const experiments = [
    experiment({ name: "idle" }), experiment({ name: "excluded", enabled: false }),
    experiment({ name: "new", waiting_traces: 1 }), experiment({ name: "large", prefix: "p", bytes: 5 }),
  ];
  const state = { configured: true, place: null, layout: null, interval_s: null, problem: null, succeeded_ms: null, experiments };
  expect(listedExperiments(state).map(({ name }) => name)).toEqual(["large", "excluded", "new"]);
});
