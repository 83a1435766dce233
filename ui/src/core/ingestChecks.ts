// Checks that explain missing traces, from the ingest ledger and the list of experiments, the most likely cause first.
import type { ExperimentSummary } from "./types";
import { ago, duration, plural } from "./format";

export interface Ledger {
  totals: IngestCounts & { deleted: number };
  sources: (IngestCounts & Sender & { first_seen: string; last_seen: string })[];
  rejections: (Sender & { at: string; spans: number; reason: string })[];
}

export interface IngestCounts {
  received: number;
  stored: number;
  duplicate: number;
  rejected: number;
  rejected_requests: number;
  log_records: number;
  bytes: number;
}

export interface Sender {
  /** Name of the token; empty without tokens. */
  token: string;
  client: string;
  protocol: string;
  service_name: string;
}

export interface Check {
  state: "ok" | "look" | "bad";
  what: string;
  /** How to solve the problem. */
  advice?: string;
  /** The experiment to link to. */
  experiment_id?: string;
}

const RECENT_MS = 3_600_000;
const DAY_MS = 86_400_000;

export function ingestChecks(
  { ledger, experiments, health }: { ledger: Ledger; experiments: ExperimentSummary[]; health: string },
  nowMs: number,
): Check[] {
  return [healthCheck(health), arrivalCheck(ledger, nowMs), rejectionCheck(ledger, nowMs), ...storedChecks(ledger, experiments, nowMs)];
}

function healthCheck(health: string): Check {
  return health === "OK"
    ? { state: "ok", what: "The server is running and can write" }
    : { state: "bad", what: `The server reports: ${health}`, advice: "Nothing is accepted until this is fixed. Clients retry by themselves." };
}

function arrivalCheck({ sources, totals }: Ledger, nowMs: number): Check {
  const last = newest(sources.map((source) => ({ source, at: Date.parse(source.last_seen) })), ({ at }) => at);
  if (!last || totals.received + totals.rejected_requests === 0) {
    return {
      state: "bad",
      what: "Nothing has arrived yet",
      advice: "Check that the client is configured with this server’s address and can reach it. Clients send in the background: a short script must flush before it exits.",
    };
  }
  const { client, protocol, service_name } = last.source;
  return { state: "ok", what: `Last request ${ago(last.at, nowMs)} from ${[service_name, client].filter(Boolean).join(", ") || "an unnamed client"} over ${protocol}` };
}

function rejectionCheck({ rejections, totals }: Ledger, nowMs: number): Check {
  const last = newest(rejections, ({ at }) => Date.parse(at));
  if (!last) return { state: "ok", what: "Nothing was rejected" };
  const at = Date.parse(last.at);
  const what = `${plural(totals.rejected, "span")} rejected, most recently ${ago(at, nowMs)}: ${last.reason}`;
  return nowMs - at < RECENT_MS ? { state: "bad", what, advice: "The reasons are in the table below." } : { state: "look", what };
}

function storedChecks({ sources, totals }: Ledger, experiments: ExperimentSummary[], nowMs: number): Check[] {
  if (totals.stored === 0) return [];
  const newestOf = newest(experiments.filter(({ last_trace_ms }) => last_trace_ms !== null), ({ last_trace_ms }) => last_trace_ms!);
  if (!newestOf) {
    return [{ state: "look", what: `${plural(totals.stored, "span")} stored, but no trace is left`, advice: "The traces were deleted, by hand or by retention." }];
  }
  const { name, experiment_id, last_trace_ms, lifecycle_stage } = newestOf;
  const deleted = lifecycle_stage === "deleted";
  const checks: Check[] = [{
    state: deleted ? "bad" : "ok",
    what: `The newest trace, from ${ago(last_trace_ms!, nowMs)}, is in experiment ${name}`,
    advice: deleted ? "That experiment is deleted. Restore it to see its traces." : "Look there first: the client may name another experiment than you expect, or none.",
    experiment_id,
  }];
  const lastSeen = Math.max(0, ...sources.map(({ last_seen }) => Date.parse(last_seen)));
  const behind = lastSeen - last_trace_ms!;
  if (behind > DAY_MS) {
    checks.push({ state: "look", what: `Timestamps of spans are ${duration(behind)} older than their arrival`, advice: "Trace lists show recent days only: choose a longer time range, or correct the sender’s clock." });
  } else if (last_trace_ms! - nowMs > 60_000) {
    checks.push({ state: "look", what: "The newest trace has a timestamp in the future", advice: "Correct the sender’s clock." });
  }
  if (totals.duplicate > totals.stored) {
    checks.push({ state: "look", what: `${plural(totals.duplicate, "span")} received more than once`, advice: "An exporter that gets no response retries. Nothing is counted twice." });
  }
  return checks;
}

function newest<T>(list: readonly T[], timeOf: (item: T) => number): T | undefined {
  return list.reduce<T | undefined>((best, item) => (best === undefined || timeOf(best) < timeOf(item) ? item : best), undefined);
}
