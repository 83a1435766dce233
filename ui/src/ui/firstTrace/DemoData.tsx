import { useDemo, useStartDemo } from "../../net/demo";
import { useServer } from "../../net/server";
import { Button } from "../Button";

/** Fills an experiment with made-up traces, for those who want to look around before they send any. */
export function DemoData() {
  const demo = useDemo();
  const scopes = useServer().data?.scopes ?? [];
  const start = useStartDemo();
  if (!demo?.available || !scopes.some((scope) => scope === "write" || scope === "admin")) return null;
  if (demo.state === "running") {
    return (
      <p className="row wrap" role="status">
        <progress aria-label="Demo data" value={demo.stored} max={demo.traces} />
        {demo.stored.toLocaleString("en-US")} of {demo.traces.toLocaleString("en-US")} demo traces
      </p>
    );
  }
  const problem = start.error?.message ?? demo.error;
  return (
    <p className="row wrap">
      <Button look="primary" disabled={start.isPending} onClick={() => start.mutate()}>Fill with demo data</Button>
      <span className="meta">{demo.traces.toLocaleString("en-US")} traces of made-up agents, in an experiment <code>demo</code></span>
      {problem && <span className="error-text" role="alert">{problem}</span>}
    </p>
  );
}
