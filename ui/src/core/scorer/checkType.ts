// The types of checks, as the server describes them.

export interface CheckType {
  /** The `type` of a definition. */
  name: string;
  title: string;
  description: string;
  fields: CheckField[];
  /** A definition as JSON. */
  example: string;
}

export interface CheckField {
  name: string;
  type: FieldType;
  /** As JSON; `null` if the field is required. */
  default: string | null;
  description: string;
}

/** The name of a type, or the values that can be chosen. Later servers may have further types. */
export type FieldType = string | { choice: string[] } | { choices: string[] };

/** A check as it is stored: its type, and its fields. */
export type CheckDefinition = { type: string } & Record<string, unknown>;

/** The definition of a check; `null` for any other scorer. */
export function definitionOf(check: unknown): CheckDefinition | null {
  return typeof check === "object" && check !== null && "type" in check && typeof check.type === "string" ? (check as CheckDefinition) : null;
}

export type FieldEditor = "text" | "texts" | "number" | "boolean" | "choice" | "choices" | "classes" | "json";

const EDITORS: Record<string, FieldEditor> = {
  text: "text", pattern: "text", text_field: "text", texts: "texts", count: "number", amount: "number", share: "number",
  boolean: "boolean", error_classes: "classes", json_schema: "json",
};

/** How a field is edited: as JSON if its type is not known. */
export function editorOf({ type }: CheckField): FieldEditor {
  if (typeof type !== "string") return "choice" in type ? "choice" : "choices" in type ? "choices" : "json";
  return Object.hasOwn(EDITORS, type) ? EDITORS[type]! : "json";
}

/** The values of a field that is a choice. */
export function choicesOf({ type }: CheckField): string[] {
  if (typeof type === "string") return [];
  return "choice" in type ? type.choice : type.choices;
}

/** `ignore_case` as the label of a field: `Ignore case`. */
export function fieldLabel({ name }: CheckField): string {
  return `${name[0]!.toUpperCase()}${name.slice(1)}`.replaceAll("_", " ");
}

/** An example of a text or a number for an empty field. */
export function placeholderOf(type: CheckType, field: CheckField): string | undefined {
  const value = exampleOf(type)?.[field.name];
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === "string" || typeof first === "number" ? String(first) : undefined;
}

function exampleOf({ example }: CheckType): CheckDefinition | null {
  try {
    return definitionOf(JSON.parse(example));
  } catch {
    return null;
  }
}
