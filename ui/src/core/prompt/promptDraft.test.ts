import { expect, test } from "vitest";
import { draftOf, draftProblems, draftTags, draftTemplate, EMPTY_DRAFT, isChanged, newMessage, switchType, type PromptDraft } from "./promptDraft";
import type { PromptVersion } from "./promptVersion";

const version = (more: Partial<PromptVersion>): PromptVersion => ({
  name: "qa", version: 3, template: { type: "text", text: "{{q}}" }, isBroken: false, responseFormat: null, modelConfig: null,
  commitMessage: "shorter", author: null, createdMs: 0, tags: [["team", "search"]], ...more,
});

test("an edit begins with the content of the version, without its message and tags", () => {
  const draft = draftOf(version({ responseFormat: '{"type":"object"}' }));
  expect(draft).toEqual({ ...EMPTY_DRAFT, name: "qa", text: "{{q}}", responseFormat: '{\n  "type": "object"\n}' });
});

test("messages keep content that is no text, and further fields", () => {
  const messages = [
    { role: "user", content: [{ type: "text", text: "{{q}}" }] },
    { role: "assistant", content: null, tool_calls: [{ id: "1" }] },
    { role: "tool", content: "4", tool_call_id: "1" },
  ];
  const draft = draftOf(version({ template: { type: "chat", messages } }));
  expect(draftTemplate(draft)).toEqual({ type: "chat", messages });
  expect(draftTags(draft).find(({ key }) => key === "mlflow.prompt.text")?.value).toBe(JSON.stringify(messages));
});

test("switching the type loses nothing", () => {
  const text: PromptDraft = { ...EMPTY_DRAFT, text: "Answer {{q}}" };
  const chat = switchType(text, "chat");
  expect(chat.messages).toEqual([newMessage("user", "Answer {{q}}")]);
  const edited = { ...chat, messages: [newMessage("system", "Be brief."), ...chat.messages] };
  expect(switchType(switchType(edited, "text"), "chat")).toEqual(edited);
  expect(switchType(edited, "text").text).toBe("Answer {{q}}");
  expect(switchType({ ...EMPTY_DRAFT, type: "chat", messages: [newMessage("user", "x")] }, "text").text).toBe("x");
});

test("a draft is changed only if it differs from its beginning", () => {
  const begin = draftOf(version({}));
  expect(isChanged({ ...begin }, begin)).toBe(false);
  expect(isChanged({ ...begin, commitMessage: "x" }, begin)).toBe(true);
});

const problems = (more: Partial<PromptDraft>, isNew = false) => draftProblems({ ...EMPTY_DRAFT, text: "x", ...more }, { isNew });

test("what prevents saving is named by field", () => {
  expect(problems({})).toEqual({});
  expect(problems({ name: "a.b-c_1" }, true)).toEqual({});
  expect(problems({ name: "a b" }, true).name).toMatch(/letters/);
  expect(problems({ name: "a".repeat(257) }, true).name).toMatch(/256/);
  expect(problems({ text: " " }).template).toMatch(/empty/);
  expect(problems({ type: "chat" }).template).toMatch(/needs a message/);
  expect(problems({ type: "chat", messages: [newMessage("user", "x"), newMessage(" ", "y")] }).template).toBe("Message 2 needs a role.");
  expect(problems({ type: "chat", messages: [{ ...newMessage("user", "[1"), isJson: true }] }).template).toMatch(/message 1 is not valid JSON/);
  expect(problems({ responseFormat: "{" }).responseFormat).toMatch(/^Not valid JSON/);
  expect(problems({ responseFormat: "[]" }).responseFormat).toMatch(/object/);
});

test("model configurations follow the rules of MLflow's client, which allows further fields", () => {
  const config = (value: unknown) => problems({ modelConfig: JSON.stringify(value) }).modelConfig ?? null;
  expect(config({ model_name: "m", temperature: 0, max_tokens: 1, top_p: 1, stop_sequences: ["a"], seed: 7, top_k: null })).toBeNull();
  expect(config({ temperature: -0.1 })).toMatch(/temperature/);
  expect(config({ max_tokens: 1.5 })).toMatch(/max_tokens/);
  expect(config({ top_p: 1.1 })).toMatch(/top_p/);
  expect(config({ stop_sequences: "a" })).toMatch(/stop_sequences/);
  expect(config({ model_name: 4 })).toMatch(/model_name/);
});
