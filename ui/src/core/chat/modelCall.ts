// Writes a model call as code that sends the same request again. Only messages, tools and known parameters are
// taken from the trace; the key is an environment variable.
import { anthropicMessages, anthropicToolChoice } from "./anthropicMessages";
import type { CallFormat } from "./callFormats";
import type { NormalizedSpan, ToolDefinition } from "./normalizedSpan";
import { openAiMessages, openAiToolChoice } from "./openAiMessages";
import { pythonLiteral } from "./pythonLiteral";

type Json = Record<string, unknown>;

/** `max_tokens` of calls without one, since Anthropic's API requires it. */
const MAX_TOKENS_DEFAULT = 4096;
const UNKNOWN_MODEL = "MODEL";

/** LiteLLM's provider names, by the names that OpenTelemetry and instrumentations use. */
const LITELLM_PROVIDERS: Record<string, string> = {
  anthropic: "anthropic", "aws.bedrock": "bedrock", bedrock: "bedrock", "azure.ai.openai": "azure", azure: "azure", cohere: "cohere", deepseek: "deepseek",
  "gcp.gemini": "gemini", "gcp.gen_ai": "gemini", google: "gemini", "gcp.vertex_ai": "vertex_ai", groq: "groq", mistral_ai: "mistral", mistralai: "mistral",
  ollama: "ollama", openai: "openai", perplexity: "perplexity", x_ai: "xai", xai: "xai",
};

export function modelCallAs(format: CallFormat, span: NormalizedSpan): string {
  switch (format) {
    case "curl":
      return isAnthropic(span) ? anthropicCurl(span) : openAiCurl(span);
    case "openai":
      return pythonCall("from openai import OpenAI\n\n# The key is read from OPENAI_API_KEY.\nclient = OpenAI()\n", "client.chat.completions.create", openAiRequest(span), "response.choices[0].message");
    case "anthropic":
      return pythonCall("import anthropic\n\n# The key is read from ANTHROPIC_API_KEY.\nclient = anthropic.Anthropic()\n", "client.messages.create", anthropicRequest(span), "response.content");
    case "litellm":
      return pythonCall(`import litellm\n\n# The key is read from the variable of the provider, such as ${isAnthropic(span) ? "ANTHROPIC_API_KEY" : "OPENAI_API_KEY"}.\n`, "litellm.completion", liteLlmRequest(span), "response.choices[0].message");
  }
}

export function openAiRequest(span: NormalizedSpan): Json {
  const { temperature, top_p, max_tokens, stop_sequences, frequency_penalty, presence_penalty, seed, reasoning_effort, tool_choice, response_format } = span.parameters ?? {};
  return withoutUndefined({
    model: span.model ?? UNKNOWN_MODEL,
    messages: openAiMessages(span.messages),
    ...openAiTools(span.tool_definitions, tool_choice),
    temperature: numberOf(temperature),
    top_p: numberOf(top_p),
    max_completion_tokens: numberOf(max_tokens),
    stop: stop_sequences,
    frequency_penalty: numberOf(frequency_penalty),
    presence_penalty: numberOf(presence_penalty),
    seed: numberOf(seed),
    reasoning_effort,
    response_format,
  });
}

export function anthropicRequest(span: NormalizedSpan): Json {
  const { temperature, top_p, top_k, max_tokens, stop_sequences, tool_choice } = span.parameters ?? {};
  const { system, messages } = anthropicMessages(span.messages);
  const tools = span.tool_definitions.map(({ name, description, parameters }) =>
    withoutUndefined({ name, description: description ?? undefined, input_schema: parameters ?? { type: "object", properties: {} } }));
  return withoutUndefined({
    model: span.model ?? UNKNOWN_MODEL,
    max_tokens: numberOf(max_tokens) ?? MAX_TOKENS_DEFAULT,
    system,
    messages,
    tools: 0 < tools.length ? tools : undefined,
    tool_choice: 0 < tools.length ? anthropicToolChoice(tool_choice) : undefined,
    temperature: numberOf(temperature),
    top_p: numberOf(top_p),
    top_k: numberOf(top_k),
    stop_sequences: typeof stop_sequences === "string" ? [stop_sequences] : stop_sequences,
  });
}

function liteLlmRequest(span: NormalizedSpan): Json {
  const { max_completion_tokens: max_tokens, model, ...request } = openAiRequest(span);
  const provider = LITELLM_PROVIDERS[span.provider?.toLowerCase() ?? ""];
  const named = provider && !String(model).includes("/") ? `${provider}/${String(model)}` : model;
  return withoutUndefined({ model: named, ...request, max_tokens, top_k: numberOf(span.parameters?.top_k) });
}

function openAiTools(tools: ToolDefinition[], choice: unknown): Json {
  if (tools.length === 0) return {};
  return {
    tools: tools.map(({ name, description, parameters }) => ({ type: "function", function: withoutUndefined({ name, description: description ?? undefined, parameters: parameters ?? undefined }) })),
    tool_choice: openAiToolChoice(choice),
  };
}

function openAiCurl(span: NormalizedSpan): string {
  return curl("${OPENAI_BASE_URL:-https://api.openai.com/v1}/chat/completions", ["Authorization: Bearer $OPENAI_API_KEY"], openAiRequest(span));
}

function anthropicCurl(span: NormalizedSpan): string {
  return curl("${ANTHROPIC_BASE_URL:-https://api.anthropic.com}/v1/messages", ["x-api-key: $ANTHROPIC_API_KEY", "anthropic-version: 2023-06-01"], anthropicRequest(span));
}

/** Puts the body into a here-document with a quoted delimiter: the shell expands nothing in it, and no line of JSON equals the delimiter. */
function curl(url: string, headers: string[], body: Json): string {
  const lines = [`curl -sS "${url}"`, ...headers.map((header) => `  -H "${header}"`), `  -H "Content-Type: application/json"`, "  --data-binary @- <<'JSON'"];
  return `${lines.join(" \\\n")}\n${JSON.stringify(body, null, 2)}\nJSON\n`;
}

function pythonCall(head: string, call: string, request: Json, result: string): string {
  const args = Object.entries(request).map(([name, value]) => `    ${name}=${pythonLiteral(value, 1)},\n`);
  return `${head}\nresponse = ${call}(\n${args.join("")})\nprint(${result})\n`;
}

function isAnthropic({ provider, model }: NormalizedSpan): boolean {
  return /anthropic/i.test(provider ?? "") || /^(anthropic\/)?claude/i.test(model ?? "");
}

/** The value as a number if possible, as some conventions write numbers as text. */
function numberOf(value: unknown): unknown {
  return typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value)) ? Number(value) : value;
}

function withoutUndefined(fields: Json): Json {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== null));
}
