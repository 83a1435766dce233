import { Link } from "@tanstack/react-router";
import { useTraceEvents } from "../../net/traceEvents";
import { DemoData } from "./DemoData";
import { SendLines } from "./SendLines";
import "./firstTrace.css";

/**
 * Code to paste that sends a first trace. With an experiment, `onFirst` is called when a trace arrives;
 * without one, the caller polls the list of experiments.
 */
export function FirstTrace({ experiment, onFirst }: {
  experiment: { experiment_id: string; name: string } | null;
  onFirst?: () => void;
}) {
  useTraceEvents(experiment?.experiment_id ?? null, ({ changed, missed }) => {
    if (changed.length > 0 || missed) onFirst?.();
  });
  return (
    <section className="first-trace card" aria-label="Send a first trace">
      <h2>{experiment ? `No traces in ${experiment.name} yet` : "Send your first trace"}</h2>
      {experiment === null && <DemoData />}
      <SendLines experiment={experiment} />
      <p className="row wrap" role="status">
        <span className="waiting-dot" aria-hidden />
        Waiting for the first trace…
        <Link to="/settings" search={{ tab: "ingest" } as never}>Why do I see no traces?</Link>
      </p>
    </section>
  );
}
