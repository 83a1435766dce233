// Writes a filter as code to paste elsewhere.
import type { TraceScope } from "../../net/traces";
import { intersect } from "../../core/filter/edit";

export function asPython(scope: TraceScope, server: string): string {
  const located = /^\d+$/.test(scope.experiment)
    ? `"${scope.experiment}"`
    : `mlflow.get_experiment_by_name(${python(scope.experiment)}).experiment_id`;
  return [
    "import mlflow",
    "",
    `mlflow.set_tracking_uri(${python(server)})`,
    "traces = mlflow.search_traces(",
    `    locations=[${located}],`,
    `    filter_string=${python(withTime(scope))},`,
    ")",
    "",
  ].join("\n");
}

export function asCurl(address: string): string {
  return `curl ${shell(address)}`;
}

function withTime({ q, from, to }: TraceScope): string {
  const bounds = [from === null ? "" : `timestamp >= ${from}`, to === null ? "" : `timestamp <= ${to}`].filter(Boolean).join(" AND ");
  return bounds && q ? intersect(q, bounds) : q || bounds;
}

/** A Python string literal; JSON strings are valid ones. */
function python(text: string): string {
  return JSON.stringify(text);
}

function shell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
