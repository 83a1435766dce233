// Writes a trace as text to paste elsewhere: code, Markdown or a prompt.
import { duration, exact, money } from "../format";
import { shorten, visible } from "../text";
import type { TraceRow } from "../types";
import { isLlm, modelOf, nameOf, typeOf, type SpanTree } from "./spanTree";

export function asPython(traceId: string, server: string): string {
  return `import mlflow

mlflow.set_tracking_uri(${JSON.stringify(server)})
trace = mlflow.get_trace(${JSON.stringify(traceId)})
for span in trace.data.spans:
    print(span.name, span.status.status_code, span.inputs, span.outputs)
`;
}

export function asCurl(traceId: string, server: string): string {
  return `curl -s '${server}/api/3.0/kansoku/traces/${urlPath(traceId)}/spans/tree'\ncurl -s -H 'Accept: application/json' '${server}/api/3.0/kansoku/traces/${urlPath(traceId)}/otlp'`;
}

/** Title, outcome, metrics, error and a link, for a ticket or a chat message. */
export function asMarkdown(row: TraceRow, tree: SpanTree, link: string): string {
  const figures = [duration(row.duration_ms ?? tree.durationUs / 1000), `${exact(tree.total)} spans`];
  if (row.total_tokens !== null) figures.push(`${exact(row.total_tokens)} tokens`);
  if (row.cost !== null) figures.push(money(row.cost));
  const lines = [`**[${escapeMarkdown(row.name ?? row.trace_id)}](${link})** ${outcome(row)} · ${figures.join(" · ")}`, ""];
  if (row.error) lines.push(`✕ \`${code(row.error.span)}\`: ${escapeMarkdown(shorten(row.error.message ?? "failed", 300))}`, "");
  if (row.input) lines.push(`> ${escapeMarkdown(shorten(row.input, 300))}`, "");
  if (row.output) lines.push(escapeMarkdown(shorten(row.output, 500)), "");
  return lines.join("\n");
}

const LLM_SPANS_MAX = 400;

/** Selects the spans whose inputs and outputs go into the prompt: failed ones, model calls, tools and roots first. */
export function selectSpansForText(tree: SpanTree, max: number): number[] {
  const worth = (span: number) => {
    if (tree.failed[span]) return 0;
    if (tree.parent[span]! < 0) return 1;
    if (isLlm(typeOf(tree, span))) return 2;
    return ["TOOL", "RETRIEVER", "AGENT"].includes(typeOf(tree, span)) ? 3 : 4;
  };
  const spans = Array.from({ length: tree.count }, (_, span) => span);
  return spans.sort((a, b) => worth(a) - worth(b) || a - b).slice(0, max).sort((a, b) => a - b);
}

/** The trace as a prompt: an indented list of spans with times, inputs and outputs. */
export function asPromptText(row: TraceRow, tree: SpanTree, textsOf: (spanId: string) => { input: string | null; output: string | null } | undefined): string {
  const lines = [
    `Trace ${row.trace_id} "${plain(row.name ?? "")}", ${outcome(row)}, ${duration(row.duration_ms ?? tree.durationUs / 1000)}, ${tree.total} spans`,
    "Each line: start, duration, type, name. Indentation is nesting.",
    "",
  ];
  for (const span of selectSpansForText(tree, LLM_SPANS_MAX)) {
    const indent = "  ".repeat(Math.min(tree.depth[span]!, 20));
    const model = modelOf(tree, span);
    lines.push(`${indent}+${duration(tree.start[span]! / 1000)} ${duration(tree.duration[span]! / 1000)} ${typeOf(tree, span)} ${plain(nameOf(tree, span))}${model ? ` (${plain(model)})` : ""}${tree.failed[span] ? ` FAILED: ${plain(tree.error[span] ?? "")}` : ""}`);
    const texts = textsOf(tree.id[span]!);
    if (texts?.input) lines.push(`${indent}  input: ${plain(shorten(texts.input, 1500))}`);
    if (texts?.output) lines.push(`${indent}  output: ${plain(shorten(texts.output, 1500))}`);
  }
  if (LLM_SPANS_MAX < tree.count) lines.push(`… ${tree.count - LLM_SPANS_MAX} more spans`);
  return lines.join("\n");
}

function outcome(row: TraceRow): string {
  if (row.state === "ERROR") return "failed";
  if (row.state === "IN_PROGRESS") return "running";
  return row.recovered ? `ok, with ${row.failed_spans} failed spans` : "ok";
}

function plain(text: string): string {
  return visible(text).replace(/\s+/g, " ");
}

/** Escapes characters that have a meaning in Markdown. */
function escapeMarkdown(text: string): string {
  return plain(text).replace(/[\\`*_{}[\]()<>#|!~]/g, "\\$&");
}

function code(text: string): string {
  return plain(text).replaceAll("`", "'");
}

/** Encodes an id for the path of a URL inside shell quotes. */
function urlPath(text: string): string {
  return encodeURIComponent(text).replaceAll("'", "%27");
}
