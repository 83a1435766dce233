// The input and output of a span as text, to display and to compare.
import { plainText, type NormalizedSpan } from "./normalizedSpan";

export interface TextMessage {
  role: string;
  text: string;
}

/** The input messages, else the raw inputs. */
export function inputMessages(meaning: NormalizedSpan | undefined): TextMessage[] {
  if (!meaning) return [];
  const messages = meaning.messages.filter(({ side }) => side === "input");
  if (messages.length > 0) return messages.map((message) => ({ role: message.role, text: plainText(message) }));
  return meaning.inputs == null ? [] : [{ role: "input", text: valueText(meaning.inputs) }];
}

/** The output messages, else the raw outputs; `null` if there is none. */
export function outputText(meaning: NormalizedSpan | undefined): string | null {
  if (!meaning) return null;
  const messages = meaning.messages.filter(({ side }) => side === "output").map(plainText).filter(Boolean);
  if (messages.length > 0) return messages.join("\n\n");
  return meaning.outputs == null ? null : valueText(meaning.outputs);
}

function valueText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}
