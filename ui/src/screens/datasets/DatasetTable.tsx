import { Link } from "@tanstack/react-router";
import { Ellipsis } from "lucide-react";
import { type EvaluationDataset, recordCountOf, tagsOfDataset } from "../../core/dataset/dataset";
import { exact } from "../../core/format";
import { visible } from "../../core/text";
import { useDataset } from "../../net/datasets";
import { IconButton } from "../../ui/Button";
import { copyText } from "../../ui/CopyButton";
import { Menu } from "../../ui/Menu";
import { Pills } from "../../ui/Pills";
import { DataTable, type TableColumn } from "../../ui/table/DataTable";
import { Time } from "../../ui/Time";

export function DatasetTable({ e, datasets, isSorted, sort, onSort, onDelete }: {
  e: string;
  datasets: EvaluationDataset[];
  /** The server has sorted them. */
  isSorted: boolean;
  sort: string;
  onSort: (sort: string) => void;
  onDelete: (dataset: EvaluationDataset) => void;
}) {
  const columns: TableColumn<EvaluationDataset>[] = [
    {
      id: "name", title: "Name", value: ({ name }) => name, rowHeader: true, className: "dataset-name",
      cell: ({ dataset_id, name }) => <Link className="ellipsis" data-row to="/e/$e/datasets/$dataset" params={{ e, dataset: dataset_id }} title={visible(name)}>{visible(name)}</Link>,
    },
    { id: "records", title: "Records", value: recordCountOf, number: true, cell: (dataset) => exact(recordCountOf(dataset)) },
    { id: "version", title: "Version", number: true, className: "medium-only", cell: ({ dataset_id }) => <NewestVersion id={dataset_id} /> },
    { id: "tags", title: "Tags", className: "wide-only", cell: (dataset) => <DatasetTags tags={tagsOfDataset(dataset)} /> },
    { id: "changed", title: "Changed", value: ({ last_update_time }) => last_update_time, largestFirst: true, className: "nowrap", cell: ({ last_update_time }) => <Time ms={last_update_time} /> },
    { id: "by", title: "By", value: changedBy, className: "medium-only", cell: (dataset) => <span className="ellipsis">{visible(changedBy(dataset) ?? "–")}</span> },
    { id: "actions", title: <span className="visually-hidden">Actions</span>, number: true, cell: (dataset) => <Actions dataset={dataset} onDelete={onDelete} /> },
  ];
  return <DataTable label="Datasets" columns={columns} rows={datasets} rowKey={({ dataset_id }) => dataset_id} sort={sort} onSort={onSort} isSorted={isSorted} rowKeys />;
}

function changedBy({ last_updated_by, created_by }: EvaluationDataset): string | null {
  return last_updated_by ?? created_by ?? null;
}

/** MLflow's list does not have it. */
function NewestVersion({ id }: { id: string }) {
  const { data } = useDataset(id);
  return <>{data ? exact(data.version) : "–"}</>;
}

export function DatasetTags({ tags }: { tags: [string, string][] }) {
  const textOf = ([key, value]: [string, string]) => visible(`${key}: ${value}`);
  return (
    <Pills items={tags} keyOf={([key]) => key} textOf={textOf}>
      {(tag) => <span className="badge" title={textOf(tag)}><span className="ellipsis">{textOf(tag)}</span></span>}
    </Pills>
  );
}

function Actions({ dataset, onDelete }: { dataset: EvaluationDataset; onDelete: (dataset: EvaluationDataset) => void }) {
  const label = `Actions for ${visible(dataset.name)}`;
  return (
    <Menu
      label={label}
      align="end"
      trigger={<IconButton look="plain" small label={label} icon={<Ellipsis aria-hidden />} />}
      items={[
        { label: "Copy id", end: `${dataset.dataset_id.slice(0, 10)}…`, run: () => void copyText(dataset.dataset_id) },
        null,
        { label: "Delete…", danger: true, run: () => onDelete(dataset) },
      ]}
    />
  );
}
