import { lazy, Suspense } from "react";
import type { LabelSchema } from "../../core/review/labelSchema";
import { queuesThatAsk, type ReviewQueue } from "../../core/review/reviewQueue";
import type { Experiment } from "../../net/experiment";
import { DeleteQuestion } from "./DeleteQuestion";
import { DeleteQueue } from "./DeleteQueue";
import { QueueDialog } from "./QueueDialog";

const LabelSchemaDialog = lazy(() => import("../../ui/review/LabelSchemaDialog"));

export type ReviewChange =
  | { kind: "create queue" | "create question" }
  | { kind: "edit queue"; queue: ReviewQueue; hasItems: boolean }
  | { kind: "delete queue"; queue: ReviewQueue; items: number | null }
  | { kind: "edit question" | "delete question"; schema: LabelSchema };

/** The dialog of the chosen change of a queue or question. */
export function ReviewDialog({ change, experiment, schemas, queues, onClose }: {
  change: ReviewChange;
  experiment: Experiment;
  schemas: LabelSchema[];
  queues: ReviewQueue[];
  onClose: () => void;
}) {
  switch (change.kind) {
    case "create queue": return <QueueDialog experiment={experiment} queue={null} schemas={schemas} onClose={onClose} />;
    case "edit queue": return <QueueDialog experiment={experiment} queue={change.queue} hasItems={change.hasItems} schemas={schemas} onClose={onClose} />;
    case "delete queue": return <DeleteQueue queue={change.queue} items={change.items} onClose={onClose} />;
    case "delete question": return <DeleteQuestion schema={change.schema} queues={queuesThatAsk(change.schema, queues)} onClose={onClose} />;
    case "create question":
    case "edit question":
      return (
        <Suspense fallback={null}>
          <LabelSchemaDialog experimentId={experiment.experiment_id} schema={change.kind === "edit question" ? change.schema : null} onSaved={onClose} onClose={onClose} />
        </Suspense>
      );
  }
}
