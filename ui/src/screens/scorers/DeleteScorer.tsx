import { visible } from "../../core/text";
import { toast } from "../../core/toastQueue";
import type { ListedScorer } from "../../core/types";
import { useDeleteScorer } from "../../net/scorers";
import { FormDialog } from "../../ui/FormDialog";

/** Deletes a scorer. Its feedback stays. */
export function DeleteScorer({ experimentId, scorer, onDeleted, onClose }: { experimentId: string; scorer: ListedScorer; onDeleted?: () => void; onClose: () => void }) {
  const { mutate, error, isPending } = useDeleteScorer();
  const remove = () => mutate({ experimentId, name: scorer.name }, {
    onSuccess: () => {
      onClose();
      toast(`Deleted the scorer ${visible(scorer.name)}`);
      onDeleted?.();
    },
  });
  const versions = scorer.version === 1 ? "" : ` with all its versions, of which ${scorer.version} is the latest`;
  return (
    <FormDialog title="Delete the scorer?" action="Delete" isDangerous isChanged={false} isPending={isPending} error={error} onSave={remove} onClose={onClose}>
      <p className="breaks"><b>{visible(scorer.name)}</b>{versions}. This cannot be undone. Feedback that it has written stays on the traces.</p>
    </FormDialog>
  );
}
