import { serverAddress } from "../../net/root";
import { Button } from "../../ui/Button";
import { CodeBlock } from "../../ui/CodeBlock";
import { EmptyState } from "../../ui/State";

/** Explains how to give feedback, if there is none. */
export function HowToRate({ narrowed, onAll }: { narrowed: boolean; onAll: () => void }) {
  return (
    <EmptyState title={narrowed ? "No feedback on these traces" : "No feedback yet"}>
      <p>This page shows what traces with negative feedback have in common: a version, a model, a tool that failed.</p>
      {narrowed && <p><Button onClick={onAll}>Show all traces of all time</Button></p>}
      <p><b>By hand:</b> open a trace and press <span className="kbd">+</span> or <span className="kbd">-</span> for thumbs up or down.</p>
      <p><b>From your application:</b> log feedback when a user gives thumbs up or down, or when a judge has scored an answer.</p>
      <CodeBlock code={snippet(serverAddress())} label="Log feedback in Python" />
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
