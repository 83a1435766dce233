import { plural } from "../../core/format";
import type { ReviewQueue } from "../../core/review/reviewQueue";
import { visible } from "../../core/text";
import { toast } from "../../core/toastQueue";
import { useChangeReviewQueue } from "../../net/reviewQueues";
import { FormDialog } from "../../ui/FormDialog";

/** Deletes a review queue. The traces and the answers stay. */
export function DeleteQueue({ queue, items, onClose }: { queue: ReviewQueue; items: number | null; onClose: () => void }) {
  const { mutate, error, isPending } = useChangeReviewQueue();
  const remove = () => mutate({ kind: "delete", queue }, {
    onSuccess: () => {
      onClose();
      toast(`Deleted the queue ${visible(queue.name)}`);
    },
  });
  return (
    <FormDialog title="Delete the review queue?" action="Delete" isDangerous isChanged={false} isPending={isPending} error={error} onSave={remove} onClose={onClose}>
      <p><b>{visible(queue.name)}</b>{items === null ? "" : ` with ${plural(items, "trace")}`}. Which of them are reviewed is forgotten. The traces stay, and so do the answers, which are assessments of the traces.</p>
    </FormDialog>
  );
}
