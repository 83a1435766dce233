import { plainText, type ChatMessage } from "./normalizedSpan";

/** The answer in the outputs of a span: the text of its output messages, or of its only field; else the outputs themselves. */
export function outputText(outputs: unknown, messages: readonly ChatMessage[]): unknown {
  const text = messages.filter(({ side }) => side === "output").map(plainText).filter(Boolean).join("\n\n");
  if (text) return text;
  const fields = typeof outputs === "object" && outputs !== null && !Array.isArray(outputs) ? Object.values(outputs) : [];
  return fields.length === 1 && typeof fields[0] === "string" ? fields[0] : outputs;
}
