import { useNavigate } from "@tanstack/react-router";
import type { LabelSchema } from "../../core/review/labelSchema";
import type { ReviewQueue } from "../../core/review/reviewQueue";
import type { Experiment } from "../../net/experiment";
import { personName } from "../../net/person";
import { instructionsOf, useChangeReviewQueue } from "../../net/reviewQueues";
import { FormDialog } from "../../ui/FormDialog";
import { isReady, NEW_QUEUE, queueFieldsOf, queueFormOf, useQueueForm } from "../../ui/review/queueForm";
import { QueueFields } from "../../ui/review/QueueFields";

/** Creates a review queue, or edits the given one. */
export function QueueDialog({ experiment, queue, hasItems = false, schemas, onClose }: {
  experiment: Experiment;
  queue: ReviewQueue | null;
  hasItems?: boolean;
  schemas: LabelSchema[];
  onClose: () => void;
}) {
  const navigate = useNavigate();
  const { form, isChanged, change } = useQueueForm(queue ? queueFormOf(queue, instructionsOf(experiment, queue.queue_id)) : NEW_QUEUE);
  const { mutate, error, isPending } = useChangeReviewQueue();
  const isUserQueue = queue?.queue_type === "USER";
  const save = () => {
    const fields = { ...queueFieldsOf(form), ...(hasItems && { schemaIds: undefined }) };
    mutate(
      queue ? { kind: "update", queue, ...fields } : { kind: "create", experimentId: experiment.experiment_id, createdBy: personName(), ...fields },
      {
        onSuccess: (saved) => {
          onClose();
          if (!queue && saved) void navigate({ to: "/e/$e/review/$queue", params: { e: experiment.experiment_id, queue: saved.queue_id } });
        },
      },
    );
  };
  return (
    <FormDialog
      title={queue ? "Edit the queue" : "New review queue"} action={queue ? "Save" : "Create"} isChanged={isChanged}
      isReady={isUserQueue || isReady(form) || (hasItems && form.name.trim() !== "")} isPending={isPending} error={error} onSave={save} onClose={onClose}
    >
      <QueueFields experimentId={experiment.experiment_id} form={form} schemas={schemas} onChange={change} questionsFixed={hasItems} isUserQueue={isUserQueue} />
    </FormDialog>
  );
}
