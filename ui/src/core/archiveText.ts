// The state of the archive, and what is kept of an experiment, in words.
import type { ArchivedExperiment, ArchiveState } from "./types";
import { bytes, duration, plural } from "./format";

/** The tag of an experiment that is `false` if its traces are not archived. */
export const ARCHIVE_TAG = "kansoku.archive.enabled";

const DAY_S = 86_400;

type Kept = Pick<ArchivedExperiment, "enabled" | "max_age_s" | "max_bytes">;

/** What is kept of an experiment: `7 days hot, everything for good`. */
export function keptText({ enabled, max_age_s, max_bytes }: Kept): string {
  const limits = [max_age_s !== null && ageText(max_age_s), max_bytes !== null && bytes(max_bytes)].filter(Boolean).join(", ");
  if (enabled) return limits ? `${limits} hot, everything for good` : "everything hot, everything for good";
  return limits ? `${limits}, then deleted` : "everything hot, not archived";
}

/** `7 days`, `12h 00m` */
function ageText(seconds: number): string {
  return seconds % DAY_S === 0 ? plural(seconds / DAY_S, "day") : duration(seconds * 1000);
}

/** The sums over experiments, and since when the longest waits. */
export function archiveTotals(experiments: ArchivedExperiment[]) {
  const sum = (field: "traces" | "spans" | "files" | "bytes" | "waiting_traces") => experiments.reduce((total, it) => total + it[field], 0);
  const since = experiments.flatMap(({ waiting_since_ms }) => waiting_since_ms ?? []);
  return {
    traces: sum("traces"), spans: sum("spans"), files: sum("files"), bytes: sum("bytes"),
    waiting: sum("waiting_traces"), waitingSinceMs: since.length > 0 ? Math.min(...since) : null,
  };
}

/** `none`, or `12 traces, the longest for 1m 10s` */
export function waitingText(traces: number, sinceMs: number | null, nowMs: number): string {
  if (traces === 0 || sinceMs === null) return "none";
  const wait = duration(Math.max(0, nowMs - sinceMs));
  return traces === 1 ? `1 trace for ${wait}` : `${plural(traces, "trace")}, the longest for ${wait}`;
}

/** Experiments that have something in the archive, wait for it or are excluded, the largest first. */
export function listedExperiments({ experiments }: ArchiveState): ArchivedExperiment[] {
  return experiments
    .filter(({ enabled, prefix, waiting_traces }) => !enabled || prefix !== null || waiting_traces > 0)
    .toSorted((a, b) => b.bytes - a.bytes || a.name.localeCompare(b.name));
}
