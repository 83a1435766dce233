import { Link } from "@tanstack/react-router";
import { Download, Ellipsis, Plus, Upload } from "lucide-react";
import { ownTags } from "../../../core/dataset/dataset";
import { visible } from "../../../core/text";
import type { DatasetDetail } from "../../../core/types";
import { useUrl } from "../../../ui/address/useUrl";
import { Button, IconButton } from "../../../ui/Button";
import { copyText } from "../../../ui/CopyButton";
import { Menu } from "../../../ui/Menu";
import { Time } from "../../../ui/Time";
import { DatasetTags } from "../DatasetTable";
import type { ExportFormat } from "./exportRecords";

export type DatasetAction =
  | { kind: "import" | "tags" | "delete" }
  | { kind: "export"; format: ExportFormat; version: number }
  | { kind: "delete records"; ids: string[] };

/** The name of a dataset, and what can be done with all of it. */
export function DatasetHead({ e, dataset, onAction }: { e: string; dataset: DatasetDetail; onAction: (action: DatasetAction) => void }) {
  const [search, change] = useUrl();
  const by = dataset.updated_by ?? dataset.created_by;
  const version = Number(search.version) || dataset.version;
  const exported = (format: ExportFormat) => () => onAction({ kind: "export", format, version });
  const isOld = version !== dataset.version;
  return (
    <header className="dataset-head">
      <div className="row wrap">
        <Link to="/e/$e/datasets" params={{ e }} className="button plain">← Datasets</Link>
        <h1 className="ellipsis" title={visible(dataset.name)}>{visible(dataset.name)}</h1>
        <DatasetTags tags={ownTags(dataset.tags as Record<string, unknown>)} />
        <span className="meta grow">changed <Time ms={dataset.update_time_ms} />{by ? ` by ${visible(by)}` : ""}</span>
        <Button look="primary" title="n" disabled={isOld} onClick={() => change({ record: "new", tab: null })}><Plus aria-hidden /> <span className="tool-label">Add record</span></Button>
        <Button onClick={() => onAction({ kind: "import" })} disabled={isOld}><Upload aria-hidden /> <span className="tool-label">Import</span></Button>
        <Menu label="Export" align="end" trigger={<Button disabled={dataset.record_count === 0 && !isOld}><Download aria-hidden /> <span className="tool-label">Export</span></Button>} items={[
          { heading: `All records of version ${version}` },
          { label: "JSON Lines", run: exported("jsonl") },
          { label: "CSV", run: exported("csv") },
        ]} />
        <Menu label="More actions" align="end" trigger={<IconButton label="More actions" icon={<Ellipsis aria-hidden />} />} items={[
          { label: "Copy id", run: () => void copyText(dataset.dataset_id) },
          { label: "Copy Python", run: () => void copyText(python(dataset)) },
          { label: "Tags…", run: () => onAction({ kind: "tags" }) },
          null,
          { label: "Delete…", danger: true, run: () => onAction({ kind: "delete" }) },
        ]} />
      </div>
    </header>
  );
}

function python({ dataset_id }: DatasetDetail): string {
  return `import mlflow
from mlflow.genai.datasets import get_dataset

dataset = get_dataset(dataset_id="${dataset_id}")
mlflow.genai.evaluate(data=dataset, predict_fn=..., scorers=[...])`;
}
