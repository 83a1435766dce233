import { serverAddress } from "../../net/root";
import { Button } from "../../ui/Button";
import { CodeBlock } from "../../ui/CodeBlock";
import { EmptyState } from "../../ui/State";

/** Nothing is rated: how that is done. */
export function HowToRate({ narrowed, onAll }: { narrowed: boolean; onAll: () => void }) {
  return (
    <EmptyState title={narrowed ? "No rated traces among these" : "No trace is rated yet"}>
      <p>This page shows what badly rated traces have in common: a version, a model, a tool that failed. For that, some need a rating.</p>
      {narrowed && <p><Button onClick={onAll}>Look at all traces of all time</Button></p>}
      <p><b>By hand:</b> open a trace and press <span className="kbd">+</span> or <span className="kbd">-</span> for thumbs up or down.</p>
      <p><b>From your application:</b> when a user clicks a thumb, or a judge has an opinion.</p>
      <CodeBlock code={snippet(serverAddress())} label="Rate a trace in Python" />
    </EmptyState>
  );
}

function snippet(server: string): string {
  return `import mlflow

mlflow.set_tracking_uri("${server}")
mlflow.log_feedback(
    trace_id=mlflow.get_last_active_trace_id(),
    name="helpful",
    value=True,
    rationale="answered the question",
)`;
}
