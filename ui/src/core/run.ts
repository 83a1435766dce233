// A run as MLflow's routes return it, and data derived from its tags and metrics.

export interface Run {
  info: {
    run_id: string;
    experiment_id: string;
    run_name: string;
    user_id?: string;
    status: string;
    start_time: number;
    end_time?: number;
    artifact_uri?: string;
    lifecycle_stage: string;
  };
  data?: {
    metrics?: Metric[];
    params?: { key: string; value: string }[];
    tags?: { key: string; value: string }[];
  };
  inputs?: { dataset_inputs?: { dataset: { name: string; digest: string; source_type?: string; source?: string } }[] };
}

export interface Metric {
  key: string;
  /** `"NaN"` and infinities are strings in JSON. */
  value: number | string;
  timestamp: number;
  step?: number;
}

export function tagOf(run: Run, key: string): string | null {
  return run.data?.tags?.find((tag) => tag.key === key)?.value ?? null;
}

/** Tags set by users, without MLflow's own. */
export function ownRunTags(run: Run): [string, string][] {
  return (run.data?.tags ?? []).filter(({ key }) => !key.startsWith("mlflow.")).map(({ key, value }) => [key, value]);
}

/** The source of the run: a script or notebook, and its commit. */
export function sourceOf(run: Run): string | null {
  const name = tagOf(run, "mlflow.source.name");
  const commit = tagOf(run, "mlflow.source.git.commit");
  if (!name) return null;
  return commit ? `${name} at ${commit.slice(0, 10)}` : name;
}

export function isEvaluation(run: Run): boolean {
  return tagOf(run, "mlflow.runType") === "genai_evaluate";
}

/** Duration in ms, until now for a running one. */
export function runDuration({ info }: Run, nowMs: number): number | null {
  if (info.end_time) return Math.max(0, info.end_time - info.start_time);
  return info.status === "RUNNING" ? Math.max(0, nowMs - info.start_time) : null;
}

/** The metric keys that most runs have, the most frequent first. */
export function commonMetrics(runs: readonly Run[], max: number): string[] {
  const counts = new Map<string, number>();
  for (const run of runs) for (const { key } of run.data?.metrics ?? []) counts.set(key, (counts.get(key) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, max).map(([key]) => key);
}

export function metricOf(run: Run, key: string): number | null {
  const value = run.data?.metrics?.find((metric) => metric.key === key)?.value;
  const number = Number(value);
  return value === undefined || !Number.isFinite(number) ? null : number;
}

/** Three significant digits. */
export function metricText(value: number | string | null | undefined): string {
  if (value == null) return "–";
  const number = Number(value);
  if (!Number.isFinite(number)) return String(value);
  if (Number.isInteger(number) && Math.abs(number) < 1e6) return String(number);
  return String(Number(number.toPrecision(3)));
}
