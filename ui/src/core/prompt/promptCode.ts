// Python lines that use a prompt by MLflow's client.
import { pythonLiteral } from "../chat/pythonLiteral";
import { variablesOf, type Template } from "./template";

/** Loads a version, or what an alias points to. */
export function loadCode(name: string, versionOrAlias: number | string): string {
  const separator = typeof versionOrAlias === "number" ? "/" : "@";
  return `prompt = mlflow.genai.load_prompt(${pythonLiteral(`prompts:/${name}${separator}${versionOrAlias}`)})`;
}

/** Loads a version and fills in the values. Variables without a value are empty texts, with a comment. */
export function formatCode(name: string, version: number, template: Template, values: Readonly<Record<string, string>>): string {
  const names = variablesOf(template);
  const lines = ["import mlflow", "", loadCode(name, version)];
  const result = template.type === "chat" ? "messages" : "text";
  if (names.length === 0) return [...lines, `${result} = prompt.format()`].join("\n");
  const isPlain = names.every(isArgumentName);
  const items = names.map((variable) => {
    const value = Object.hasOwn(values, variable) ? values[variable]! : "";
    const comment = value === "" ? "  # no value yet" : "";
    return isPlain ? `    ${variable}=${pythonLiteral(value)},${comment}` : `    ${pythonLiteral(variable)}: ${pythonLiteral(value)},${comment}`;
  });
  const [begin, end] = isPlain ? ["(", ")"] : ["(**{", "})"];
  return [...lines, `${result} = prompt.format${begin}`, ...items, end].join("\n");
}

const PYTHON_KEYWORDS = new Set([
  "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif", "else", "except", "finally", "for", "from",
  "global", "if", "import", "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
]);

/** A name with dots or a keyword can only be passed as a key of a dictionary. */
function isArgumentName(name: string): boolean {
  return !name.includes(".") && !PYTHON_KEYWORDS.has(name);
}
