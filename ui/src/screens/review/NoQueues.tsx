import { Link } from "@tanstack/react-router";
import { Button } from "../../ui/Button";
import { EmptyState } from "../../ui/State";

const PYTHON = `from mlflow.genai.label_schemas import InputPassFail, create_label_schema
from mlflow.genai.review_queues import add_items_to_review_queue, create_review_queue

question = create_label_schema(
    "is_correct", type="feedback", enable_comment=True,
    input=InputPassFail(positive_label="Correct", negative_label="Wrong"))
queue = create_review_queue(
    "Answers about refunds", queue_type="custom",
    users=["ana", "ben"], schema_ids=[question.schema_id])
add_items_to_review_queue(queue.queue_id, item_ids=trace_ids)`;

/** Explains what a review queue is for, and how to fill one. */
export function NoQueues({ e, onCreate }: { e: string; onCreate: () => void }) {
  return (
    <EmptyState title="No review queues yet">
      <p>
        A review queue is a list of traces that people judge by the same questions. Their answers become feedback and expectations
        of the traces, and this screen shows how far the reviewers agree.
      </p>
      <ol className="review-steps">
        <li>Select traces in the <Link to="/e/$e/traces" params={{ e }}>trace list</Link> (<kbd className="kbd">x</kbd>) and press <b>Review</b>. A queue can be created there, too.</li>
        <li>Open the queue here, and answer with the keyboard: <kbd className="kbd">1</kbd>–<kbd className="kbd">9</kbd>, <kbd className="kbd">y</kbd>, <kbd className="kbd">n</kbd>, then <kbd className="kbd">Enter</kbd>.</li>
      </ol>
      <div className="row wrap"><Button look="primary" onClick={onCreate}>New queue</Button></div>
      <p>With Python:</p>
      <pre>{PYTHON}</pre>
    </EmptyState>
  );
}
