import { useUrl } from "../address/useUrl";
import { curlSnippets, databricksSnippets, mlflowSnippets, openTelemetrySnippets } from "../../core/snippets";
import { Snippets } from "../Snippets";
import { Tabs } from "../Tabs";
import "./firstTrace.css";

const WAYS = [
  { id: "mlflow", label: "MLflow (Python)", snippets: mlflowSnippets },
  { id: "databricks", label: "Databricks", snippets: databricksSnippets },
  { id: "opentelemetry", label: "OpenTelemetry", snippets: openTelemetrySnippets },
  { id: "curl", label: "curl", snippets: curlSnippets },
] as const;

type Way = (typeof WAYS)[number]["id"];

/** Code to paste that sends traces to this server; without an experiment it creates one. */
export function SendLines({ experiment }: { experiment: { experiment_id: string; name: string } | null }) {
  const [search, change] = useUrl();
  const way = WAYS.find(({ id }) => id === search.how) ?? WAYS[0];
  return (
    <Tabs<Way> label="Client" tabs={WAYS.map(({ id, label }) => ({ id, label }))} chosen={way.id} onChoose={(how) => change({ how }, { replace: true })}>
      <div className="send-lines">
        <Snippets of={way.snippets} experiment={experiment ?? { experiment_id: "0", name: "my-agent" }} />
      </div>
    </Tabs>
  );
}
