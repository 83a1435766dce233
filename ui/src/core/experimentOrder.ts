// Filters and sorts the list of experiments.
import type { ExperimentSummary } from "./types";
import { matchScore } from "./match";
import { INSTRUCTIONS_TAG_PREFIX } from "./review/reviewQueue";

const VALUES: Record<string, (experiment: ExperimentSummary) => number | string> = {
  name: (experiment) => experiment.name.toLowerCase(),
  traces: (experiment) => experiment.traces,
  last: (experiment) => experiment.last_trace_ms ?? 0,
  errors: (experiment) => errorRate(experiment) ?? -1,
  p95: (experiment) => experiment.window.p95_ms ?? -1,
  cost: (experiment) => experiment.window.cost,
};

/** `sort` is a column name, with `-` before it for descending order; by default the latest activity is first. */
export function filterExperiments(
  experiments: ExperimentSummary[],
  { typed, sort, withDeleted }: { typed: string; sort: string; withDeleted: boolean },
): ExperimentSummary[] {
  const column = sort.replace(/^-/, "");
  const known = Object.hasOwn(VALUES, column);
  const valueOf = VALUES[known ? column : "last"]!;
  const direction = known && !sort.startsWith("-") ? 1 : -1;
  return experiments
    .filter((experiment) => withDeleted || experiment.lifecycle_stage !== "deleted")
    .filter((experiment) => matchScore(textOf(experiment), typed) > 0)
    .map((experiment) => ({ experiment, value: valueOf(experiment) }))
    .sort((a, b) => direction * compare(a.value, b.value) || compare(a.experiment.name, b.experiment.name))
    .map(({ experiment }) => experiment);
}

export function errorRate({ window }: ExperimentSummary): number | null {
  return window.traces === 0 ? null : window.errors / window.traces;
}

/** Tags set by users, without those that MLflow sets itself, the owners of issues and the instructions of review queues. */
export function ownTags({ tags }: Pick<ExperimentSummary, "tags">): [string, string][] {
  const hidden = ["mlflow.", "kansoku.issue.", INSTRUCTIONS_TAG_PREFIX];
  return Object.entries(tags).filter(([key]) => !hidden.some((prefix) => key.startsWith(prefix)));
}

function textOf(experiment: ExperimentSummary): string {
  return [experiment.name, experiment.experiment_id, ...ownTags(experiment).map(([key, value]) => `${key}:${value}`)].join(" ");
}

function compare(a: number | string, b: number | string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
