import { compactText } from "../textKind";

/** The value of a model parameter on one line: a list as its items, anything nested as JSON. */
export function parameterText(value: unknown): string {
  if (Array.isArray(value) && value.every((item) => typeof item !== "object")) return value.map(String).join(", ");
  return compactText(value);
}
