import { useNavigate } from "@tanstack/react-router";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { plural } from "../../core/format";
import type { LabelSchema } from "../../core/review/labelSchema";
import { QUEUE_ITEMS_MAX, type ReviewQueue } from "../../core/review/reviewQueue";
import { visible } from "../../core/text";
import { toast } from "../../core/toastQueue";
import { useExperiment } from "../../net/experiment";
import { useLabelSchemas } from "../../net/labelSchemas";
import { personName } from "../../net/person";
import { addReviewItems, useChangeReviewQueue, useReviewQueues } from "../../net/reviewQueues";
import { readPreference, writePreference } from "../browser/preferences";
import { Dialog } from "../Dialog";
import { Field } from "../Field";
import { FormDialog } from "../FormDialog";
import { isReady, NEW_QUEUE, queueFieldsOf, useQueueForm } from "../review/queueForm";
import { QueueFields } from "../review/QueueFields";
import { ErrorState, LoadingRows } from "../State";
import { AlreadyInQueue } from "./AlreadyInQueue";
import { countOf, readTargetIds, type Target } from "./target";

const NEW = "";

/** Adds traces to a review queue, which may be created here. Load it lazily. */
export default function SendToReview({ experiment, target, onClose }: { experiment: string; target: Target; onClose: () => void }) {
  const { data: found, error: missing, refetch } = useExperiment(experiment);
  const queues = useReviewQueues(found?.experiment_id);
  const schemas = useLabelSchemas(found?.experiment_id);
  const title = `Send ${plural(countOf(target), "trace")} to review`;
  const error = missing ?? queues.error ?? schemas.error;
  if (found && queues.data && schemas.data) return <SendForm title={title} experimentId={found.experiment_id} queues={queues.data} schemas={schemas.data} target={target} onClose={onClose} />;
  return (
    <Dialog title={title} onClose={onClose}>
      {error ? <ErrorState error={error} doing="load the review queues" onRetry={() => { void refetch(); void queues.refetch(); void schemas.refetch(); }} /> : <LoadingRows rows={3} />}
    </Dialog>
  );
}

function SendForm({ title, experimentId, queues, schemas, target, onClose }: {
  title: string;
  experimentId: string;
  queues: ReviewQueue[];
  schemas: LabelSchema[];
  target: Target;
  onClose: () => void;
}) {
  const navigate = useNavigate();
  const lastKey = `review.last.${experimentId}`;
  const [queueId, setQueueId] = useState(() => (queues.find(({ queue_id }) => queue_id === readPreference(lastKey)) ?? queues[0])?.queue_id ?? NEW);
  const { form, isChanged, change } = useQueueForm(NEW_QUEUE);
  const create = useChangeReviewQueue();
  const send = useMutation({
    meta: { quiet: true },
    mutationFn: async () => {
      const queue = queues.find(({ queue_id }) => queue_id === queueId) ?? await create.mutateAsync({
        kind: "create", experimentId, createdBy: personName(), ...queueFieldsOf(form),
      });
      // If adding fails, another attempt must not create the queue again.
      setQueueId(queue!.queue_id);
      const ids = await readTargetIds(target, QUEUE_ITEMS_MAX);
      await addReviewItems(queue!.queue_id, ids);
      return { queue: queue!, count: ids.length };
    },
    onSuccess: ({ queue, count }) => {
      writePreference(lastKey, queue.queue_id);
      onClose();
      const open = () => void navigate({ to: "/e/$e/review/$queue", params: { e: experimentId, queue: queue.queue_id } });
      toast(`${plural(count, "trace")} sent to review: ${visible(queue.name)}`, { forMs: 10_000, action: { label: "Open the queue", run: open } });
    },
  });
  return (
    <FormDialog
      title={title} action="Send to review" isChanged={queueId === NEW && isChanged} isReady={queueId !== NEW || isReady(form)}
      isPending={send.isPending} error={send.error} onSave={() => send.mutate()} onClose={onClose}
    >
      {0 < queues.length && (
        <Field label="Queue">
          {(field) => (
            <select {...field} className="select" value={queueId} onChange={(event) => setQueueId(event.target.value)}>
              {queues.map((queue) => <option key={queue.queue_id} value={queue.queue_id}>{visible(queue.name)}{queue.queue_type === "USER" ? " (personal)" : ""}</option>)}
              <option value={NEW}>New queue…</option>
            </select>
          )}
        </Field>
      )}
      {queueId === NEW ? <QueueFields experimentId={experimentId} form={form} schemas={schemas} onChange={change} />
        : "ids" in target ? <AlreadyInQueue queueId={queueId} traceIds={target.ids} />
        : <p className="meta">Traces that are in the queue already stay as they are.</p>}
    </FormDialog>
  );
}
