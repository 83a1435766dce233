import { Link } from "@tanstack/react-router";
import { commonMetrics, isEvaluation, metricOf, metricText } from "../../core/run";
import { visible } from "../../core/text";
import { useExperiment } from "../../net/experiment";
import { type RunOfPrompt, usePromptRuns } from "../../net/prompts";
import { ErrorState, LoadingRows } from "../../ui/State";
import { DataTable, type TableColumn } from "../../ui/table/DataTable";
import { useTableSort } from "../../ui/table/useTableSort";
import { Time } from "../../ui/Time";

const METRICS_MAX = 4;

/** The runs that used the prompt, evaluations among them. */
export function PromptRuns({ e, name }: { e: string; name: string }) {
  const experiment = useExperiment(e);
  const [sort, setSort] = useTableSort("-start", "sort_runs");
  const { data, error, refetch } = usePromptRuns(experiment.data?.experiment_id, name);
  const columns: TableColumn<RunOfPrompt>[] = [
    {
      id: "run", title: "Run", value: ({ run }) => run.info.run_name, rowHeader: true,
      cell: ({ run }) => (
        <span className="row">
          <Link className="ellipsis" to={isEvaluation(run) ? "/e/$e/evaluations/$run" : "/e/$e/runs/$run"} params={{ e, run: run.info.run_id }}>{visible(run.info.run_name || run.info.run_id)}</Link>
          {isEvaluation(run) && <span className="badge">evaluation</span>}
        </span>
      ),
    },
    { id: "version", title: "Version", number: true, value: ({ version }) => version, cell: ({ version }) => version },
    ...commonMetrics((data ?? []).map(({ run }) => run), METRICS_MAX).map((key): TableColumn<RunOfPrompt> => ({
      id: `m:${key}`, title: visible(key), number: true, className: "medium-only", value: ({ run }) => metricOf(run, key), cell: ({ run }) => metricText(metricOf(run, key)),
    })),
    { id: "start", title: "Started", number: true, value: ({ run }) => run.info.start_time, cell: ({ run }) => <Time ms={run.info.start_time} /> },
  ];
  return (
    <section className="stack" aria-labelledby="usage-runs">
      <h3 id="usage-runs">Runs and evaluations that used a version</h3>
      {error ? <ErrorState error={error} doing="load the runs" onRetry={() => void refetch()} />
        : !data ? <LoadingRows rows={3} />
        : data.length === 0 ? <p className="muted">No run of this experiment loaded the prompt.</p>
        : <DataTable labelledBy="usage-runs" columns={columns} rows={data} rowKey={({ run, version }) => `${run.info.run_id} ${version}`} sort={sort} onSort={setSort} />}
    </section>
  );
}
