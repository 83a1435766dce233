// Code to paste that sends a first trace to this server.

export interface SnippetPlace {
  /** The server URL without a trailing slash. */
  url: string;
  experiment: { experiment_id: string; name: string };
  needsToken: boolean;
}

export interface Snippet {
  label: string;
  language: "shell" | "python";
  code: string;
}

/** Plain MLflow from Python. */
export function mlflowSnippets(place: SnippetPlace): Snippet[] {
  return [
    { label: "Install", language: "shell", code: "pip install mlflow-tracing" },
    { label: "Trace something", language: "python", code: [...pythonStart(place), ...EXAMPLE].join("\n") },
  ];
}

/** The first lines of a Python program that uses this server and the experiment. */
export function pythonStart({ url, experiment, needsToken }: SnippetPlace, imports: string[] = []): string[] {
  return [
    ...(needsToken ? ["import os", ""] : []),
    "import mlflow",
    ...imports,
    "",
    ...(needsToken ? ['os.environ["MLFLOW_TRACKING_TOKEN"] = "kan_…"'] : []),
    `mlflow.set_tracking_uri(${python(url)})`,
    `mlflow.set_experiment(${python(experiment.name)})`,
  ];
}

/** An agent written for Databricks, without changes to its code. */
export function databricksSnippets({ url, experiment, needsToken }: SnippetPlace): Snippet[] {
  const env = [
    "export MLFLOW_TRACKING_URI=databricks",
    `export DATABRICKS_HOST=${shell(url)}`,
    `export DATABRICKS_TOKEN=${needsToken ? "kan_…" : "any"}`,
    `export MLFLOW_EXPERIMENT_NAME=${shell(experiment.name)}`,
  ];
  // `mlflow-tracing` ignores `MLFLOW_EXPERIMENT_NAME`, so the experiment must be set in code.
  const code = ["import mlflow", "", `mlflow.set_experiment(${python(experiment.name)})`, ...EXAMPLE];
  return [
    { label: "Environment", language: "shell", code: env.join("\n") },
    { label: "With the package mlflow-tracing, name the experiment in code, too", language: "python", code: code.join("\n") },
  ];
}

/** Any OpenTelemetry SDK. */
export function openTelemetrySnippets({ url, experiment, needsToken }: SnippetPlace): Snippet[] {
  const headers = [`x-mlflow-experiment-id=${experiment.experiment_id}`];
  if (needsToken) headers.push("authorization=Bearer%20kan_…");
  const env = [
    "export OTEL_SERVICE_NAME=my-agent",
    `export OTEL_EXPORTER_OTLP_ENDPOINT=${shell(url)}`,
    "export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
    `export OTEL_EXPORTER_OTLP_HEADERS=${shell(headers.join(","))}`,
    "export OTEL_METRICS_EXPORTER=none",
  ];
  return [{ label: "Environment of any OpenTelemetry SDK or agent", language: "shell", code: env.join("\n") }];
}

/** One trace by curl. */
export function curlSnippets({ url, experiment, needsToken }: SnippetPlace): Snippet[] {
  const code = `curl -sS ${shell(`${url}/v1/traces`)} \\
  -H 'content-type: application/json' \\
  -H 'x-mlflow-experiment-id: ${experiment.experiment_id}' \\${needsToken ? "\n  -H 'authorization: Bearer kan_…' \\" : ""}
  -d @- <<END
{"resourceSpans": [{"scopeSpans": [{"spans": [{
  "traceId": "$(printf %032x "$(date +%s)")", "spanId": "eee19b7ec3c1b174", "name": "hello",
  "startTimeUnixNano": "$(date +%s)000000000", "endTimeUnixNano": "$(date +%s)250000000",
  "attributes": [
    {"key": "mlflow.spanType", "value": {"stringValue": "AGENT"}},
    {"key": "mlflow.spanInputs", "value": {"stringValue": "{\\"question\\": \\"Who are you?\\"}"}},
    {"key": "mlflow.spanOutputs", "value": {"stringValue": "\\"A trace from curl.\\""}}]
}]}]}]}
END`;
  return [{ label: "One trace from a shell", language: "shell", code }];
}

const EXAMPLE = [
  "",
  '@mlflow.trace(span_type="AGENT")',
  "def answer(question):",
  '    return f"You asked: {question}"',
  "",
  'answer("What is kansoku?")',
  "mlflow.flush_trace_async_logging()",
];

/** A Python string literal. */
function python(text: string): string {
  return JSON.stringify(text);
}

/** A word of a shell command, quoted if necessary. */
function shell(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
