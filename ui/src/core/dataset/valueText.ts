import { isJsonObject } from "../json/exactJson";
import { compactText } from "../textKind";

/** A value of a record on one line: a chat as its last message of the user, anything else as compact JSON. */
export function valueText(value: unknown): string {
  const messages = messagesIn(value);
  const userMessage = messages?.findLast(({ role }) => role === "user");
  const text = userMessage && textOf(userMessage.content);
  if (!messages || !text) return compactText(value);
  return messages[0] === userMessage ? text : `… ${text}`;
}

interface Message {
  role: string;
  content: unknown;
}

/** The messages of a chat: a list of them, or an object whose only field is that list. */
function messagesIn(value: unknown): Message[] | null {
  const list = isJsonObject(value) && Object.keys(value).length === 1 ? value.messages : value;
  const isChat = Array.isArray(list) && list.length > 0 && list.every((one) => isJsonObject(one) && typeof one.role === "string" && "content" in one);
  return isChat ? (list as Message[]) : null;
}

/** The text of a message's content, which may have parts. */
function textOf(content: unknown): string | null {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return null;
  const texts = content.map((part: unknown) => (isJsonObject(part) && typeof part.text === "string" ? part.text : null));
  return texts.filter((text) => text !== null).join(" ") || null;
}
