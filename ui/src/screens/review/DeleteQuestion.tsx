import { plural } from "../../core/format";
import type { LabelSchema } from "../../core/review/labelSchema";
import type { ReviewQueue } from "../../core/review/reviewQueue";
import { visible } from "../../core/text";
import { toast } from "../../core/toastQueue";
import { useChangeLabelSchema } from "../../net/labelSchemas";
import { FormDialog } from "../../ui/FormDialog";

const NAMED_MAX = 8;

/** Deletes a label schema, and says which queues ask it. */
export function DeleteQuestion({ schema, queues, onClose }: { schema: LabelSchema; queues: ReviewQueue[]; onClose: () => void }) {
  const { mutate, error, isPending } = useChangeLabelSchema();
  const remove = () => mutate({ kind: "delete", schemaId: schema.schema_id }, {
    onSuccess: () => {
      onClose();
      toast(`Deleted the question ${visible(schema.name)}`);
    },
  });
  return (
    <FormDialog title="Delete the question?" action="Delete" isDangerous isChanged={false} isPending={isPending} error={error} onSave={remove} onClose={onClose}>
      <p><b>{visible(schema.name)}</b>. Answers that were given stay on the traces.</p>
      {0 < queues.length && (
        <>
          <p className="warn-text">{queues.length === 1 ? "A queue asks it" : `${plural(queues.length, "queue")} ask it`}, and will no longer:</p>
          <ul className="named-queues">
            {queues.slice(0, NAMED_MAX).map(({ queue_id, name }) => <li key={queue_id} className="ellipsis">{visible(name)}</li>)}
            {NAMED_MAX < queues.length && <li className="muted">and {queues.length - NAMED_MAX} more</li>}
          </ul>
        </>
      )}
    </FormDialog>
  );
}
