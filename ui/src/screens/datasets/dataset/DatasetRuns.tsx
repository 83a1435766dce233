import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { datasetUse, type DatasetUse } from "../../../core/dataset/datasetRuns";
import { duration } from "../../../core/format";
import { quoteText } from "../../../core/filter/print";
import { commonMetrics, isEvaluation, metricOf, metricText, runDuration } from "../../../core/run";
import { visible } from "../../../core/text";
import type { DatasetDetail } from "../../../core/types";
import { useVersions } from "../../../net/datasets";
import { useExperiment } from "../../../net/experiment";
import { useRuns } from "../../../net/runs";
import { Button } from "../../../ui/Button";
import { CodeBlock } from "../../../ui/CodeBlock";
import { EmptyState, ErrorState, LoadingRows } from "../../../ui/State";
import { DataTable, type TableColumn } from "../../../ui/table/DataTable";
import { useTableSort } from "../../../ui/table/useTableSort";
import { Time } from "../../../ui/Time";
import { useNow } from "../../../ui/useNow";

const METRICS_MAX = 5;

/** The runs that used the dataset, each with the version that it used. */
export default function DatasetRuns({ e, dataset }: { e: string; dataset: DatasetDetail }) {
  const experimentId = useExperiment(e).data?.experiment_id;
  const { data, error, isPending, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = useRuns(experimentId, `datasets.name = ${quoteText(dataset.name)}`, "start_time DESC");
  const versions = useVersions(dataset.dataset_id).data;
  const [sort, setSort] = useTableSort("-start");
  const now = useNow();
  const uses = useMemo(() => {
    const byDigest = new Map(versions?.pages.flatMap((page) => page.versions).map(({ digest, version }) => [digest, version]));
    return (data?.pages.flatMap((page) => page.runs ?? []) ?? []).flatMap((run) => datasetUse(run, dataset, byDigest) ?? []);
  }, [data, versions, dataset]);
  if (error && !data) return <ErrorState error={error} doing="list the runs" onRetry={() => void refetch()} />;
  if (isPending) return <LoadingRows />;
  if (uses.length === 0 && !hasNextPage) {
    return (
      <EmptyState title="No evaluation has used this dataset">
        <p>An evaluation of its records, by MLflow’s client:</p>
        <CodeBlock label="Evaluate the dataset" code={`from mlflow.genai.datasets import get_dataset\n\nmlflow.set_experiment(experiment_id="${experimentId}")\nmlflow.genai.evaluate(data=get_dataset(dataset_id="${dataset.dataset_id}"), predict_fn=..., scorers=[...])`} />
      </EmptyState>
    );
  }
  const columns: TableColumn<DatasetUse>[] = [
    {
      id: "name", title: "Run", value: ({ run }) => run.info.run_name, rowHeader: true,
      cell: ({ run }) => <Link data-row className="ellipsis" {...runTarget(e, run.info.run_id, isEvaluation(run))}>{visible(run.info.run_name || run.info.run_id)}</Link>,
    },
    {
      id: "version", title: "Version", value: ({ version }) => version, number: true,
      cell: ({ version, digest }) => version === null ? <span className="muted" title={`digest ${visible(digest)}`}>–</span>
        : <Link to="/e/$e/datasets/$dataset" params={{ e, dataset: dataset.dataset_id }} search={(version === dataset.version ? {} : { version: String(version) }) as never} title="Show its records">{version}</Link>,
    },
    { id: "start", title: "Started", value: ({ run }) => run.info.start_time, number: true, cell: ({ run }) => <Time ms={run.info.start_time} /> },
    { id: "duration", title: "Duration", value: ({ run }) => runDuration(run, now), number: true, className: "medium-only", cell: ({ run }) => duration(runDuration(run, now)) },
    ...commonMetrics(uses.map(({ run }) => run), METRICS_MAX).map((key): TableColumn<DatasetUse> => ({
      id: `m:${key}`, title: visible(key), value: ({ run }) => metricOf(run, key), number: true, className: "medium-only", cell: ({ run }) => metricText(metricOf(run, key)),
    })),
  ];
  return (
    <div className="dataset-tab stack">
      <DataTable label="Evaluations" columns={columns} rows={uses} rowKey={({ run }) => run.info.run_id} sort={sort} onSort={setSort} rowKeys />
      {hasNextPage && <div><Button onClick={() => void fetchNextPage()} disabled={isFetchingNextPage}>Older runs</Button></div>}
    </div>
  );
}

function runTarget(e: string, run: string, isEvaluation: boolean) {
  return { to: isEvaluation ? "/e/$e/evaluations/$run" as const : "/e/$e/runs/$run" as const, params: { e, run } };
}
