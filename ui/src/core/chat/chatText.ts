// The input and output of a span as text, to display and to compare.
import { plainText, type NormalizedSpan } from "./normalizedSpan";

export interface TextMessage {
  role: string;
  text: string;
}

/** The input messages; without any, the raw inputs. */
export function inputMessages(normalized: NormalizedSpan | undefined): TextMessage[] {
  if (!normalized) return [];
  const messages = normalized.messages.filter(({ side }) => side === "input");
  if (messages.length > 0) return messages.map((message) => ({ role: message.role, text: plainText(message) }));
  return normalized.inputs == null ? [] : [{ role: "input", text: valueText(normalized.inputs) }];
}

/** The output messages; without any, the raw outputs; `null` if there are neither. */
export function outputText(normalized: NormalizedSpan | undefined): string | null {
  if (!normalized) return null;
  const messages = normalized.messages.filter(({ side }) => side === "output").map(plainText).filter(Boolean);
  if (messages.length > 0) return messages.join("\n\n");
  return normalized.outputs == null ? null : valueText(normalized.outputs);
}

function valueText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}
