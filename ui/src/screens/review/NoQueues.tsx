import { Link } from "@tanstack/react-router";
import { reviewSnippets } from "../../core/firstSnippets";
import type { Experiment } from "../../net/experiment";
import { Button } from "../../ui/Button";
import { Snippets } from "../../ui/Snippets";
import { EmptyState } from "../../ui/State";

/** Explains what a review queue is for, and how to fill one. */
export function NoQueues({ e, experiment, onCreate }: { e: string; experiment: Experiment; onCreate: () => void }) {
  return (
    <EmptyState title="No review queues yet">
      <p>
        A review queue is a list of traces that people judge by the same questions. Their answers become feedback and expectations
        of the traces, and this screen shows how far the reviewers agree.
      </p>
      <ol className="review-steps">
        <li>Select traces in the <Link to="/e/$e/traces" params={{ e }}>trace list</Link> (<kbd className="kbd">x</kbd>) and press <b>Review</b> or <kbd className="kbd">R</kbd>. A queue can be created there, too.</li>
        <li>Open the queue here, and answer with the keyboard: <kbd className="kbd">1</kbd>–<kbd className="kbd">9</kbd>, <kbd className="kbd">y</kbd>, <kbd className="kbd">n</kbd>, then <kbd className="kbd">Enter</kbd>.</li>
      </ol>
      <div className="row wrap"><Button look="primary" onClick={onCreate}>New queue</Button></div>
      <Snippets of={reviewSnippets} experiment={experiment} />
    </EmptyState>
  );
}
