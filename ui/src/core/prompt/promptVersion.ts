// A version of a prompt, read from its tags.
import { parseJson } from "./parseJson";
import {
  IS_PROMPT_TAG, MODEL_CONFIG_TAG, ownPromptTags, RESPONSE_FORMAT_TAG, type StoredPromptVersion, type StoredTag, tagValue, TEXT_TAG, TYPE_TAG,
} from "./storedPrompt";
import type { Template, TemplateMessage } from "./template";

export interface PromptVersion {
  name: string;
  version: number;
  template: Template;
  /** The template is stored as a chat, but is not a list of messages; it is shown as text. */
  isBroken: boolean;
  /** The JSON as stored; `null` if there is none. */
  responseFormat: string | null;
  modelConfig: string | null;
  commitMessage: string;
  author: string | null;
  createdMs: number;
  tags: [string, string][];
}

export function readVersion(stored: StoredPromptVersion): PromptVersion {
  const { tags } = stored;
  const text = tagValue(tags, TEXT_TAG) ?? "";
  const isChat = tagValue(tags, TYPE_TAG) === "chat";
  const messages = isChat ? parseMessages(text) : null;
  return {
    name: stored.name,
    version: Number(stored.version),
    template: messages ? { type: "chat", messages } : { type: "text", text },
    isBroken: isChat && !messages,
    responseFormat: tagValue(tags, RESPONSE_FORMAT_TAG),
    modelConfig: tagValue(tags, MODEL_CONFIG_TAG),
    commitMessage: stored.description ?? "",
    author: stored.user_id || tagValue(tags, "author") || null,
    createdMs: stored.creation_timestamp,
    tags: ownPromptTags(tags),
  };
}

/** The messages of a chat template; `null` if the text is not a list of messages with roles. */
export function parseMessages(text: string): TemplateMessage[] | null {
  const value = parseJson(text);
  if (!Array.isArray(value) || value.length === 0) return null;
  const isMessage = (item: unknown) => typeof item === "object" && item !== null && typeof (item as TemplateMessage).role === "string";
  return value.every(isMessage) ? (value as TemplateMessage[]) : null;
}

/** The tags that a client stores a version with, besides those of users. Empty JSON texts are left out. */
export function versionTags(template: Template, { responseFormat, modelConfig }: { responseFormat: string; modelConfig: string }): Required<StoredTag>[] {
  const tags = [
    { key: IS_PROMPT_TAG, value: "true" },
    { key: TYPE_TAG, value: template.type },
    { key: TEXT_TAG, value: template.type === "text" ? template.text : JSON.stringify(template.messages) },
    { key: RESPONSE_FORMAT_TAG, value: compactJson(responseFormat) },
    { key: MODEL_CONFIG_TAG, value: compactJson(modelConfig) },
  ];
  return tags.filter(({ key, value }) => key === TEXT_TAG || value !== "");
}

/** Indented JSON; a text that is not JSON is returned unchanged. */
export function indentedJson(text: string): string {
  const value = parseJson(text);
  return value === undefined ? text : JSON.stringify(value, null, 2);
}

/** JSON without spaces. As in the client, an object without fields is not stored. */
function compactJson(text: string): string {
  const value = parseJson(text);
  return value === undefined || isEmptyObject(value) ? "" : JSON.stringify(value);
}

function isEmptyObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}
