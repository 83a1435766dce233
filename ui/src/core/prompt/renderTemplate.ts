// Fills in the variables of a template, as `PromptVersion.format` of MLflow's client does.
import { isJinja, type Template, type TemplateMessage, variablePattern, variablesOf } from "./template";

export interface RenderedTemplate {
  /** Messages of a chat have a role and a content only. */
  template: Template;
  /** Variables without a value; they stay in the text. */
  missing: string[];
  /** Why the client cannot do the same; `null` if it can. */
  problem: string | null;
}

/** The values are filled in one after the other, in the order of the variables, so that a value may contain a later variable. */
export function renderTemplate(template: Template, values: Readonly<Record<string, string>>): RenderedTemplate {
  const names = variablesOf(template);
  const missing = names.filter((name) => !isFilled(values, name));
  if (isJinja(template)) return { template, missing, problem: "This template has Jinja2 statements, which MLflow’s client renders." };
  const filled = names.filter((name) => isFilled(values, name));
  const render = (text: string) => filled.reduce((rest, name) => rest.replace(variablePattern(name), () => values[name]!), text);
  if (template.type === "text") return { template: { type: "text", text: render(template.text) }, missing, problem: null };
  const messages = template.messages.map((message): TemplateMessage => ({
    role: message.role,
    content: typeof message.content === "string" ? render(message.content) : message.content,
  }));
  const at = template.messages.findIndex(({ content }) => typeof content !== "string");
  const problem = at >= 0 && filled.length > 0 ? `MLflow’s client fills in texts only, and the content of message ${at + 1} is not a text.` : null;
  return { template: { type: "chat", messages }, missing, problem };
}

/** The rendered template as text to paste: a chat as JSON. */
export function renderedText(template: Template): string {
  return template.type === "text" ? template.text : JSON.stringify(template.messages, null, 2);
}

/** Whether the variable has a value. An empty one counts as missing, since a form cannot tell them apart. */
function isFilled(values: Readonly<Record<string, string>>, name: string): boolean {
  return Object.hasOwn(values, name) && values[name] !== "";
}

