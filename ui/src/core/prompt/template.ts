// Templates of prompts and their variables, by the rule of MLflow's client: `{{ name }}`, where a name has ASCII letters, digits
// and `_`, does not begin with a digit, and may have parts separated by dots. Space around the name is ignored. All other braces
// are text.

/** A message of a chat template. `content` is a text, or a list of parts. Messages may have further fields. */
export interface TemplateMessage {
  role: string;
  content?: unknown;
  [field: string]: unknown;
}

export type Template = { type: "text"; text: string } | { type: "chat"; messages: TemplateMessage[] };

export interface TemplatePiece {
  text: string;
  /** The name, if the piece is a variable. */
  variable: string | null;
}

/** What Python's `\s` matches in a text. */
const SPACE = "[\\t-\\r\\x1c- \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";
const NAME = "[a-zA-Z_][a-zA-Z0-9_]*(?:\\.[a-zA-Z_][a-zA-Z0-9_]*)*";
const VARIABLE = new RegExp(`\\{\\{${SPACE}*(${NAME})${SPACE}*\\}\\}`, "g");
/** The client searches a chat for variables in its JSON, where every other kind of space is escaped. */
const VARIABLE_IN_JSON = new RegExp(`\\{\\{ *(${NAME}) *\\}\\}`, "g");
const DOUBLE_BRACES = /\{\{([^{}]*)\}\}/g;

/** Parameters of the client's own functions, which a value of that name would collide with. */
const RESERVED_NAMES = new Set(["self", "prompt", "allow_partial", "use_jinja_sandbox"]);

/** The names of the variables, each once, in the order of the template. */
export function variablesOf(template: Template): string[] {
  const found = template.type === "text"
    ? namesIn(template.text, VARIABLE)
    : template.messages.flatMap((message) => textsIn(message).flatMap((text) => namesIn(text, VARIABLE_IN_JSON)));
  return [...new Set(found)];
}

/** Splits a text at its variables. Only `names` are variables, if they are given. */
export function templatePieces(text: string, names?: ReadonlySet<string>): TemplatePiece[] {
  const pieces: TemplatePiece[] = [];
  let at = 0;
  for (const found of text.matchAll(VARIABLE)) {
    if (names && !names.has(found[1]!)) continue;
    if (at < found.index) pieces.push({ text: text.slice(at, found.index), variable: null });
    pieces.push({ text: found[0], variable: found[1]! });
    at = found.index + found[0].length;
  }
  if (at < text.length) pieces.push({ text: text.slice(at), variable: null });
  return pieces;
}

/** Texts in double braces that are no variables, such as `{{user name}}`: most likely a mistake. */
export function braceMistakes(template: Template): string[] {
  if (isJinja(template)) return [];
  const names = new Set(variablesOf(template));
  const isVariable = (text: string) => templatePieces(text, names).some(({ variable }) => variable !== null);
  const found = templateTexts(template).flatMap((text) => Array.from(text.matchAll(DOUBLE_BRACES), ([braces]) => braces));
  return [...new Set(found.filter((braces) => !isVariable(braces)))];
}

/** Variables that MLflow's client cannot fill in, because a parameter of its function `format` has the same name. */
export function reservedVariables(template: Template): string[] {
  return isJinja(template) ? [] : variablesOf(template).filter((name) => RESERVED_NAMES.has(name));
}

/** Whether MLflow's client renders the template by Jinja2, which knows conditions and loops. */
export function isJinja(template: Template): boolean {
  return contentsOf(template).some((text) => text.includes("{%") && text.includes("%}"));
}

/** The template as one text, for comparisons of a text with a chat. */
export function templateText(template: Template): string {
  if (template.type === "text") return template.text;
  return template.messages.map((message) => `${message.role}:\n${messageText(message)}`).join("\n\n");
}

/** A message without its role as text: its content, then its further fields as indented JSON. */
export function messageText(message: TemplateMessage): string {
  const fields = furtherFields(message);
  return [contentText(message), fields && JSON.stringify(fields, null, 2)].filter(Boolean).join("\n");
}

/** The fields of a message besides role and content, such as tool calls; `null` if there are none. */
export function furtherFields({ role: _, content: __, ...rest }: TemplateMessage): Record<string, unknown> | null {
  return Object.keys(rest).length > 0 ? rest : null;
}

/** The content of a message as text; parts as indented JSON. */
export function contentText({ content }: TemplateMessage): string {
  if (content === null || content === undefined) return "";
  return typeof content === "string" ? content : JSON.stringify(content, null, 2);
}

function contentsOf(template: Template): string[] {
  return template.type === "text" ? [template.text] : template.messages.map(({ content }) => content).filter((content) => typeof content === "string");
}

function templateTexts(template: Template): string[] {
  return template.type === "text" ? [template.text] : template.messages.flatMap(textsIn);
}

function namesIn(text: string, pattern: RegExp): string[] {
  return Array.from(text.matchAll(pattern), (found) => found[1]!);
}

/** All texts in a JSON value, names of fields included. */
function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  return Object.entries(value).flatMap(([key, item]) => [key, ...textsIn(item)]);
}

/** A pattern for a variable as the client uses it to fill in a value: a dot in the name stands for any character. */
export function variablePattern(name: string): RegExp {
  return new RegExp(`\\{\\{${SPACE}*${name.replaceAll(".", "[^\\n]")}${SPACE}*\\}\\}`, "gu");
}
