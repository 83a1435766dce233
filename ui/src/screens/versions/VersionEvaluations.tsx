import { Link } from "@tanstack/react-router";
import { modelFilter, runsOfModel, type LoggedModel } from "../../core/loggedModel";
import { isEvaluation, metricText, type Run } from "../../core/run";
import { visible } from "../../core/text";
import { useRunsById } from "../../net/loggedModels";
import { useFacets } from "../../net/traces";
import { Pills } from "../../ui/Pills";
import { ErrorState, LoadingRows } from "../../ui/State";
import { DataTable, type TableColumn } from "../../ui/table/DataTable";
import { useTableSort } from "../../ui/table/useTableSort";
import { Time } from "../../ui/Time";

const METRICS_MAX = 4;

/** The evaluations and other runs that used the version: those that logged its metrics, and those that its traces were made in. */
export function VersionEvaluations({ e, model }: { e: string; model: LoggedModel }) {
  const { model_id, experiment_id } = model.info;
  const facets = useFacets({ experiment: e, q: modelFilter(model_id), from: null, to: null }, "run_id", "");
  const ids = [...new Set([...runsOfModel(model), ...(facets.data?.values ?? []).map(({ value }) => value)])];
  const { data: runs, error, refetch } = useRunsById(facets.isPending ? undefined : experiment_id, ids);
  const [sort, setSort] = useTableSort("-start", "sort_runs");
  const columns: TableColumn<Run>[] = [
    {
      id: "name", title: "Run", value: ({ info }) => info.run_name, rowHeader: true,
      cell: (run) => (
        <span className="row">
          <Link className="ellipsis" to={isEvaluation(run) ? "/e/$e/evaluations/$run" : "/e/$e/runs/$run"} params={{ e, run: run.info.run_id }}>{visible(run.info.run_name || run.info.run_id)}</Link>
          {isEvaluation(run) && <span className="badge">evaluation</span>}
        </span>
      ),
    },
    { id: "start", title: "Started", value: ({ info }) => info.start_time, largestFirst: true, className: "nowrap", cell: ({ info }) => <Time ms={info.start_time} /> },
    {
      id: "metrics", title: "Metrics",
      cell: ({ data }) => (
        <Pills items={data?.metrics ?? []} max={METRICS_MAX} keyOf={({ key }) => key} textOf={({ key, value }) => `${visible(key)} ${metricText(value)}`}>
          {({ key, value }) => <span className="badge"><span className="ellipsis">{visible(key)}</span> {metricText(value)}</span>}
        </Pills>
      ),
    },
  ];
  return (
    <section className="stack" aria-labelledby="evaluations">
      <h2 id="evaluations">Evaluations and runs</h2>
      {error ? <ErrorState error={error} doing="load the runs" onRetry={() => void refetch()} />
        : !facets.isPending && ids.length === 0 ? <p className="muted">No run used this version. <code>mlflow.genai.evaluate</code> links its run to the active version.</p>
        : !runs ? <LoadingRows rows={2} />
        : runs.length === 0 ? <p className="muted">The runs that used this version were deleted.</p>
        : <DataTable labelledBy="evaluations" columns={columns} rows={runs} rowKey={({ info }) => info.run_id} sort={sort} onSort={setSort} />}
    </section>
  );
}
