import { exact, plural } from "../../core/format";
import { visible } from "../../core/text";
import { toast } from "../../core/toastQueue";
import { useChangeDataset, useDataset } from "../../net/datasets";
import { queryClient } from "../../net/queryClient";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";

/** Asks before a dataset is deleted. */
export default function DeleteDataset({ id, name, onClose, onDeleted }: { id: string; name: string; onClose: () => void; onDeleted: () => void }) {
  const { data } = useDataset(id);
  const { mutate, error, isPending } = useChangeDataset();
  const remove = () => mutate({ kind: "delete", id }, {
    onSuccess: () => {
      onDeleted();
      queryClient.removeQueries({ queryKey: ["dataset", id] });
      toast(`Deleted the dataset ${visible(name)}`);
    },
  });
  const others = (data?.experiment_ids.length ?? 1) - 1;
  return (
    <Dialog
      title="Delete the dataset?"
      onClose={onClose}
      foot={<><Button onClick={onClose}>Cancel</Button><Button look="danger" onClick={remove} disabled={isPending}>Delete</Button></>}
    >
      <p className="breaks"><b>{visible(name)}</b>{data && ` with ${plural(data.record_count, "record")} and ${exact(data.version)} ${data.version === 1 ? "version" : "versions"}`}. This cannot be undone.</p>
      {others > 0 && <p className="warn-text">It belongs to {plural(others, "other experiment")}, too, and is deleted there as well.</p>}
      <p className="meta">Traces and evaluations stay.</p>
      {error && <p className="error-text" role="alert">{error.message}</p>}
    </Dialog>
  );
}
