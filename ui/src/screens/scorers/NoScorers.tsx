import { Button } from "../../ui/Button";
import { EmptyState } from "../../ui/State";

/** Explains what a scorer is, and how to get the first one. */
export function NoScorers({ onCreate }: { onCreate: () => void }) {
  return (
    <EmptyState title="No scorers yet">
      <p>
        A scorer writes feedback on new traces, a second or two after they have ended: a verdict, a number or a label, with a reason.
        Its results can be filtered, and <i>Quality</i> shows what they correlate with.
      </p>
      <ul className="scorer-kinds">
        <li><b>Checks</b> are rules: a pattern, a limit of latency or cost, personal data. They cost nothing, and are made here.</li>
        <li><b>Judges</b> ask a language model. They are registered by MLflow’s client, and started here or there.</li>
      </ul>
      <Button look="primary" title="n" onClick={onCreate}>New check</Button>
    </EmptyState>
  );
}
