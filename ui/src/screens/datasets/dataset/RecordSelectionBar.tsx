import { Download, Trash2, X } from "lucide-react";
import { plural } from "../../../core/format";
import type { DatasetDetail, DatasetRecord } from "../../../core/types";
import { Button, IconButton } from "../../../ui/Button";
import { Menu } from "../../../ui/Menu";
import type { RowSelection } from "../../../ui/table/useRowSelection";
import type { DatasetAction } from "./DatasetHead";
import { saveRecords, type ExportFormat } from "./exportRecords";

/** Actions on the selected records. */
export function RecordSelectionBar({ dataset, version, records, selection, canDelete, onAction }: {
  dataset: DatasetDetail;
  version: number;
  records: readonly DatasetRecord[];
  selection: RowSelection;
  canDelete: boolean;
  onAction: (action: DatasetAction) => void;
}) {
  const exported = (format: ExportFormat) => () => void saveRecords(records.filter(({ record_id }) => selection.keys.has(record_id)), dataset.name, version, format);
  return (
    <div className="selection-bar" role="region" aria-label="Selected records">
      <strong aria-live="polite">{plural(selection.keys.size, "record")} selected</strong>
      <span className="grow" />
      <Menu label="Export" align="end" trigger={<Button small><Download aria-hidden /><span className="tool-label">Export</span></Button>} items={[
        { label: "JSON Lines", run: exported("jsonl") },
        { label: "CSV", run: exported("csv") },
      ]} />
      {canDelete && <Button small look="danger" onClick={() => onAction({ kind: "delete records", ids: [...selection.keys] })}><Trash2 aria-hidden /><span className="tool-label">Delete</span></Button>}
      <IconButton small look="plain" label="Clear the selection" icon={<X aria-hidden />} onClick={selection.clear} />
    </div>
  );
}
