import { Link } from "@tanstack/react-router";
import { useUrl } from "../../app/useUrl";
import { curlSnippets, databricksSnippets, mlflowSnippets, openTelemetrySnippets, type SnippetPlace } from "../../core/snippets";
import { useLive } from "../../net/live";
import { serverAddress } from "../../net/root";
import { useServer } from "../../net/server";
import { CodeBlock } from "../../ui/CodeBlock";
import { Tabs } from "../../ui/Tabs";
import "./firstTrace.css";

const WAYS = [
  { id: "mlflow", label: "MLflow (Python)", snippets: mlflowSnippets },
  { id: "databricks", label: "Databricks form", snippets: databricksSnippets },
  { id: "opentelemetry", label: "OpenTelemetry", snippets: openTelemetrySnippets },
  { id: "curl", label: "curl", snippets: curlSnippets },
] as const;

type Way = (typeof WAYS)[number]["id"];

/**
 * What to paste so that a first trace arrives. `onFirst` is called as soon as one does, where an experiment is named;
 * where none is, whoever shows this asks for the list of experiments again and again.
 */
export function FirstTrace({ experiment, onFirst }: {
  experiment: { experiment_id: string; name: string } | null;
  onFirst?: () => void;
}) {
  const [search, change] = useUrl();
  const { data: server } = useServer();
  useLive(experiment?.experiment_id ?? null, ({ changed, missed }) => {
    if (changed.length > 0 || missed) onFirst?.();
  });
  const way = WAYS.find(({ id }) => id === search.how) ?? WAYS[0];
  const place: SnippetPlace = {
    url: serverAddress(),
    experiment: experiment ?? { experiment_id: "0", name: "my-agent" },
    needsToken: server?.needs_token ?? false,
  };
  return (
    <section className="first-trace card" aria-label="Send a first trace">
      <h2>{experiment ? `Nothing has come to ${experiment.name} yet` : "Send your first trace"}</h2>
      <Tabs<Way> label="Ways to send" tabs={WAYS.map(({ id, label }) => ({ id, label }))} chosen={way.id} onChoose={(how) => change({ how }, { replace: true })}>
        <div className="first-trace-lines">
          {way.snippets(place).map(({ label, code }) => (
            <div className="field" key={label}>
              <span className="label">{label}</span>
              <CodeBlock code={code} label={label} />
            </div>
          ))}
        </div>
      </Tabs>
      <p className="row wrap" role="status">
        <span className="waiting-dot" aria-hidden />
        Waiting for the first trace…
        <Link to="/settings" search={{ tab: "ingest" } as never}>Why do I see no traces?</Link>
      </p>
    </section>
  );
}
