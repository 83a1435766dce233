// The fields of a check while they are edited, as texts that may not be valid yet.
import { type CheckDefinition, type CheckField, type CheckType, choicesOf, editorOf } from "./checkType";

export interface ErrorClass {
  name: string;
  pattern: string;
}

export type FieldValue = string | boolean | string[] | ErrorClass[];
export type CheckForm = Record<string, FieldValue>;

/** The fields of a definition, or those of a new check. */
export function formOf(type: CheckType, definition: CheckDefinition | null = null): CheckForm {
  return Object.fromEntries(type.fields.map((field) => [field.name, valueOf(field, definition?.[field.name] ?? defaultOf(field))]));
}

function defaultOf(field: CheckField): unknown {
  return field.default === null ? null : (JSON.parse(field.default) as unknown);
}

function valueOf(field: CheckField, stored: unknown): FieldValue {
  switch (editorOf(field)) {
    case "text": return typeof stored === "string" ? stored : "";
    case "choice": return typeof stored === "string" ? stored : choicesOf(field)[0] ?? "";
    case "number": return stored === null || stored === undefined ? "" : JSON.stringify(stored);
    case "boolean": return stored === true;
    // A required list begins with a text to fill in.
    case "texts": return Array.isArray(stored) ? texts(stored) : field.default === null ? [""] : [];
    // No choice is the default of all.
    case "choices": return Array.isArray(stored) ? texts(stored) : choicesOf(field);
    case "classes": return Array.isArray(stored) ? (stored as ErrorClass[]).map(({ name, pattern }) => ({ name, pattern })) : [];
    case "json": return stored === undefined || stored === null ? "" : JSON.stringify(stored, null, 2);
  }
}

function texts(stored: unknown): string[] {
  return Array.isArray(stored) ? stored.filter((one): one is string => typeof one === "string") : [];
}

/** What is wrong with the fields, by name. The server checks more, such as patterns. */
export function formProblems(type: CheckType, form: CheckForm): Record<string, string> {
  const found = type.fields.map((field): [string, string | null] => [field.name, problemOf(field, form[field.name]!)]);
  return Object.fromEntries(found.filter((entry): entry is [string, string] => entry[1] !== null));
}

function problemOf(field: CheckField, value: FieldValue): string | null {
  const isRequired = field.default === null;
  switch (editorOf(field)) {
    case "text": return isRequired && value === "" ? "This field is required" : null;
    case "texts": return isRequired && filled(value as string[]).length === 0 ? "At least one is required" : null;
    case "choices": return (value as string[]).length === 0 ? "Choose at least one" : null;
    case "number": return numberProblem(field, (value as string).trim(), isRequired);
    case "classes": return (value as ErrorClass[]).some(({ name, pattern }) => (name.trim() === "") !== (pattern === "")) ? "A class has a name and a pattern" : null;
    case "json": return jsonProblem(value as string, isRequired);
    default: return null;
  }
}

function numberProblem({ type }: CheckField, text: string, isRequired: boolean): string | null {
  if (text === "") return isRequired ? "This field is required" : null;
  const number = Number(text);
  if (!Number.isFinite(number) || number < 0) return "Enter a number of 0 or more";
  if (type === "count" && !Number.isInteger(number)) return "Enter a whole number";
  return type === "share" && 1 < number ? "Enter a number from 0 to 1" : null;
}

function jsonProblem(text: string, isRequired: boolean): string | null {
  if (text.trim() === "") return isRequired ? "This field is required" : null;
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/**
 * The definition to be stored. Fields that have their defaults are left out. Fields of the definition `before` that the server does
 * not describe are kept.
 */
export function definitionOfForm(type: CheckType, form: CheckForm, before: CheckDefinition | null = null): CheckDefinition {
  const known = new Set(type.fields.map(({ name }) => name));
  const others = Object.entries(before ?? {}).filter(([name]) => !known.has(name));
  const fields = type.fields.flatMap((field): [string, unknown][] => {
    const value = storedValue(field, form[field.name]!);
    const isDefault = field.default !== null && JSON.stringify(value) === JSON.stringify(defaultOf(field));
    return value === undefined || isDefault ? [] : [[field.name, value]];
  });
  return { ...Object.fromEntries(others), type: type.name, ...Object.fromEntries(fields) };
}

/** `undefined` leaves the field out. */
function storedValue(field: CheckField, value: FieldValue): unknown {
  switch (editorOf(field)) {
    case "text": return value === "" ? undefined : value;
    case "number": return (value as string).trim() === "" ? undefined : Number(value);
    case "texts": {
      const list = filled(value as string[]);
      return list.length === 0 ? undefined : list;
    }
    case "choices": return (value as string[]).length === choicesOf(field).length ? undefined : value;
    case "classes": return (value as ErrorClass[]).filter(({ name, pattern }) => name.trim() !== "" || pattern !== "");
    case "json": return (value as string).trim() === "" ? undefined : (JSON.parse(value as string) as unknown);
    default: return value;
  }
}

function filled(list: string[]): string[] {
  return list.filter((text) => text !== "");
}

/** A name for a new check that no other scorer has: `regex`, `regex_2`. */
export function freeName(base: string, names: ReadonlySet<string>): string {
  for (let n = 1; ; n += 1) {
    const name = n === 1 ? base : `${base}_${n}`;
    if (!names.has(name)) return name;
  }
}
