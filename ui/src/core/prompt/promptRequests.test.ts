import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { EMPTY_DRAFT, newMessage, type PromptDraft } from "./promptDraft";
import { newPromptBody, newVersionBody } from "./promptRequests";

interface SavedPrompt {
  what: string;
  register: unknown;
  version: unknown;
}

/** The conformance tests send these requests, and load the versions by MLflow's client. */
const SAVED = JSON.parse(readFileSync(new URL("../../../../conformance/fixtures/saved_prompts.json", import.meta.url), "utf8")) as SavedPrompt[];

const TEXT: PromptDraft = {
  ...EMPTY_DRAFT, name: "NAME", text: "Answer {{ question }} in {{words}} words.\n日本 🙂", commitMessage: "Answers in few words", tags: [["team", "search"]],
};
const CHAT: PromptDraft = {
  ...EMPTY_DRAFT, name: "NAME", type: "chat", messages: [newMessage("system", "Be {{style}}."), newMessage("user", "{{question}}")], commitMessage: "A chat",
  responseFormat: '{"type": "object", "properties": {"answer": {"type": "string"}}}', modelConfig: '{"model_name": "gpt-4o-mini", "temperature": 0.2}',
};

test("the requests are those that the conformance tests send", () => {
  const [text, chat] = SAVED;
  expect(newPromptBody(TEXT, "EXPERIMENT")).toEqual(text!.register);
  expect(newVersionBody("NAME", TEXT)).toEqual(text!.version);
  expect(newVersionBody("NAME", CHAT)).toEqual(chat!.version);
  expect(SAVED).toHaveLength(2);
});
