import { useMutation } from "@tanstack/react-query";
import { plural } from "../../../core/format";
import { visible } from "../../../core/text";
import { toast } from "../../../core/toastQueue";
import type { DatasetDetail } from "../../../core/types";
import { deleteRecords, refreshRecords } from "../../../net/datasets";
import { Button } from "../../../ui/Button";
import { Dialog } from "../../../ui/Dialog";

/** Asks before records are deleted. Earlier versions keep them. */
export function DeleteRecords({ dataset, ids, onClose }: { dataset: DatasetDetail; ids: string[]; onClose: () => void }) {
  const records = plural(ids.length, "record");
  const { mutate, error, isPending } = useMutation({
    meta: { quiet: true },
    mutationFn: () => deleteRecords(dataset.dataset_id, ids),
    onSuccess: async (deleted) => {
      await refreshRecords(dataset.dataset_id);
      onClose();
      toast(`${plural(deleted, "record")} deleted`);
    },
  });
  return (
    <Dialog
      title={`Delete ${records}?`}
      onClose={onClose}
      foot={<><Button onClick={onClose}>Cancel</Button><Button look="danger" onClick={() => mutate()} disabled={isPending}>Delete {records}</Button></>}
    >
      <p className="breaks">They are removed from <b>{visible(dataset.name)}</b>. Version {dataset.version} and the versions before it keep them.</p>
      {error && <p className="error-text" role="alert">{error.message}</p>}
    </Dialog>
  );
}
