import { useState } from "react";
import { ownTags } from "../../../core/dataset/dataset";
import type { DatasetDetail } from "../../../core/types";
import { useChangeDataset } from "../../../net/datasets";
import { Dialog } from "../../../ui/Dialog";
import { TagEditor } from "../../../ui/TagEditor";
import DeleteDataset from "../DeleteDataset";
import type { DatasetAction } from "./DatasetHead";
import { DeleteRecords } from "./DeleteRecords";
import { ExportDialog } from "./ExportDialog";
import { ImportDialog } from "./ImportDialog";

/** The dialog for the chosen action on a dataset. */
export default function DatasetDialog({ action, dataset, onClose, onDeleted }: { action: DatasetAction; dataset: DatasetDetail; onClose: () => void; onDeleted: () => void }) {
  switch (action.kind) {
    case "import": return <ImportDialog dataset={dataset} onClose={onClose} />;
    case "export": return <ExportDialog dataset={dataset} version={action.version} format={action.format} onClose={onClose} />;
    case "tags": return <TagsDialog dataset={dataset} onClose={onClose} />;
    case "delete": return <DeleteDataset id={dataset.dataset_id} name={dataset.name} onClose={onClose} onDeleted={onDeleted} />;
    case "delete records": return <DeleteRecords dataset={dataset} ids={action.ids} onClose={onClose} />;
  }
}

function TagsDialog({ dataset, onClose }: { dataset: DatasetDetail; onClose: () => void }) {
  const { mutateAsync, error } = useChangeDataset();
  const id = dataset.dataset_id;
  const [tags, setTags] = useState(() => ownTags(dataset.tags as Record<string, unknown>));
  const attempt = (change: Parameters<typeof mutateAsync>[0], after: [string, string][]) => mutateAsync(change).then(() => { setTags(after); return true; }, () => false);
  const without = (key: string) => tags.filter(([other]) => other !== key);
  return (
    <Dialog title={`Tags of ${dataset.name}`} onClose={onClose}>
      <TagEditor
        tags={tags}
        onSet={(key, value) => attempt({ kind: "set tag", id, key, value }, [...without(key), [key, value]])}
        onDelete={(key) => attempt({ kind: "delete tag", id, key }, without(key))}
      />
      {error && <p className="error-text" role="alert">{error.message}</p>}
    </Dialog>
  );
}
