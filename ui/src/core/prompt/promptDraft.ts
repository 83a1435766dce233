// A new version of a prompt while it is typed.
import { parseJson } from "./parseJson";
import { indentedJson, type PromptVersion, versionTags } from "./promptVersion";
import type { StoredTag } from "./storedPrompt";
import type { Template, TemplateMessage } from "./template";

export interface DraftMessage {
  role: string;
  /** The text, or JSON if the content is a list of parts. */
  content: string;
  isJson: boolean;
  /** Further fields of the message, which are kept. */
  rest: Record<string, unknown>;
}

/** Text and messages are both kept, so that switching the type loses neither. */
export interface PromptDraft {
  /** The name of a new prompt; ignored for a new version. */
  name: string;
  type: Template["type"];
  text: string;
  messages: DraftMessage[];
  commitMessage: string;
  responseFormat: string;
  modelConfig: string;
  tags: [string, string][];
}

/** A draft, its beginning, and the version that it began from. */
export interface OpenedDraft {
  from: number | null;
  begin: PromptDraft;
  now: PromptDraft;
}

export const EMPTY_DRAFT: PromptDraft = {
  name: "", type: "text", text: "", messages: [], commitMessage: "", responseFormat: "", modelConfig: "", tags: [],
};

/** The starting point of an edit: the content of a version, without its commit message and tags, which describe only itself. */
export function draftOf({ name, template, responseFormat, modelConfig }: PromptVersion): PromptDraft {
  return {
    ...EMPTY_DRAFT,
    name,
    type: template.type,
    text: template.type === "text" ? template.text : "",
    messages: template.type === "chat" ? template.messages.map(draftMessage) : [],
    responseFormat: responseFormat === null ? "" : indentedJson(responseFormat),
    modelConfig: modelConfig === null ? "" : indentedJson(modelConfig),
  };
}

function draftMessage({ role, content, ...rest }: TemplateMessage): DraftMessage {
  const isJson = content !== undefined && typeof content !== "string";
  return { role, content: isJson ? JSON.stringify(content, null, 2) : ((content as string | undefined) ?? ""), isJson, rest };
}

/** Switches between text and chat. A chat without messages begins with the text as the message of a user, and the other way round. */
export function switchType(draft: PromptDraft, type: PromptDraft["type"]): PromptDraft {
  if (type === draft.type) return draft;
  if (type === "chat" && draft.messages.length === 0) return { ...draft, type, messages: [newMessage("user", draft.text)] };
  const only = draft.messages.length === 1 ? draft.messages[0]! : null;
  return { ...draft, type, text: type === "text" && draft.text === "" && only && !only.isJson ? only.content : draft.text };
}

export function newMessage(role: string, content = ""): DraftMessage {
  return { role, content, isJson: false, rest: {} };
}

/** The template as far as it can be read: content that is not valid JSON yet is a text. */
export function draftTemplate({ type, text, messages }: PromptDraft): Template {
  if (type === "text") return { type, text };
  return {
    type,
    messages: messages.map(({ role, content, isJson, rest }) => {
      const parsed = isJson ? parseJson(content) : content;
      return { role, content: parsed === undefined ? content : parsed, ...rest };
    }),
  };
}

export function draftTags(draft: PromptDraft): Required<StoredTag>[] {
  return [...versionTags(draftTemplate(draft), draft), ...draft.tags.map(([key, value]) => ({ key, value }))];
}

/** Whether anything was typed since the draft began. */
export function isChanged(draft: PromptDraft, begin: PromptDraft): boolean {
  return JSON.stringify(draft) !== JSON.stringify(begin);
}

export type DraftField = "name" | "template" | "responseFormat" | "modelConfig";

/** What prevents saving, by field. */
export function draftProblems(draft: PromptDraft, { isNew }: { isNew: boolean }): Partial<Record<DraftField, string>> {
  const problems: [DraftField, string | null][] = [
    ["name", isNew ? nameProblem(draft.name) : null],
    ["template", templateProblem(draft)],
    ["responseFormat", objectProblem(draft.responseFormat)],
    ["modelConfig", objectProblem(draft.modelConfig) ?? configProblem(draft.modelConfig)],
  ];
  return Object.fromEntries(problems.filter(([, problem]) => problem !== null));
}

const NAME_CHARS_MAX = 256;

/** MLflow's client accepts only such names. */
function nameProblem(name: string): string | null {
  if (name === "") return "The prompt needs a name.";
  if (!/^[a-zA-Z0-9_.-]+$/.test(name)) return "A name has letters from A to Z, digits, “_”, “-” and “.” only.";
  return name.length <= NAME_CHARS_MAX ? null : `A name has at most ${NAME_CHARS_MAX} characters.`;
}

function templateProblem({ type, text, messages }: PromptDraft): string | null {
  if (type === "text") return text.trim() ? null : "The template is empty.";
  if (messages.length === 0) return "A chat needs a message.";
  const nth = (test: (message: DraftMessage) => boolean) => messages.findIndex(test) + 1;
  const nameless = nth(({ role }) => !role.trim());
  if (nameless) return `Message ${nameless} needs a role.`;
  const invalid = nth(({ content, isJson }) => isJson && parseJson(content) === undefined);
  if (invalid) return `The content of message ${invalid} is not valid JSON.`;
  return messages.every(({ content }) => !content.trim()) ? "The template is empty." : null;
}

/** An empty text is none. */
function objectProblem(text: string): string | null {
  if (!text.trim()) return null;
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? null : "It must be a JSON object.";
  } catch (error) {
    return `Not valid JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
}

const isNumber = (value: unknown) => typeof value === "number";
const isCount = (value: unknown) => Number.isInteger(value) && (value as number) > 0;

/** The fields that MLflow's client checks; any others are allowed. */
const CONFIG_RULES: [fields: string[], rule: string, test: (value: unknown) => boolean][] = [
  [["provider", "model_name"], "a text", (value) => typeof value === "string"],
  [["temperature"], "a number from 0", (value) => isNumber(value) && (value as number) >= 0],
  [["top_p"], "a number from 0 to 1", (value) => isNumber(value) && (value as number) >= 0 && (value as number) <= 1],
  [["max_tokens", "top_k"], "a whole number from 1", isCount],
  [["frequency_penalty", "presence_penalty"], "a number", isNumber],
  [["stop_sequences"], "a list of texts", (value) => Array.isArray(value) && value.every((item) => typeof item === "string")],
];

function configProblem(text: string): string | null {
  const config = parseJson(text);
  if (!isObject(config)) return null;
  for (const [fields, rule, test] of CONFIG_RULES) {
    const wrong = fields.find((field) => config[field] !== undefined && config[field] !== null && !test(config[field]));
    if (wrong) return `“${wrong}” must be ${rule}.`;
  }
  return null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
