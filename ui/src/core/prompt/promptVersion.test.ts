import { expect, test } from "vitest";
import { indentedJson, readVersion, versionTags } from "./promptVersion";
import type { StoredPromptVersion } from "./storedPrompt";
import { aliasedVersion, aliasesOf, aliasProblem, experimentsOf, latestVersion, withExperiment } from "./storedPrompt";

const stored = (tags: Record<string, string>, more: Partial<StoredPromptVersion> = {}): StoredPromptVersion =>
  ({ name: "qa", version: "2", creation_timestamp: 5, tags: Object.entries(tags).map(([key, value]) => ({ key, value })), ...more });

test("a version is read from its tags", () => {
  const version = readVersion(stored({
    "mlflow.prompt.is_prompt": "true", "_mlflow_prompt_type": "chat", "mlflow.prompt.text": '[{"role": "user", "content": "{{q}}"}]',
    "_mlflow_prompt_response_format": '{"type": "object"}', "_mlflow_prompt_model_config": '{"model_name": "m"}', "team": "search", "author": "ana",
  }, { description: "shorter" }));
  expect(version).toEqual({
    name: "qa", version: 2, template: { type: "chat", messages: [{ role: "user", content: "{{q}}" }] }, isBroken: false,
    responseFormat: '{"type": "object"}', modelConfig: '{"model_name": "m"}', commitMessage: "shorter", author: "ana", createdMs: 5,
    tags: [["team", "search"], ["author", "ana"]],
  });
});

test("a version of an old client has no type and is a text, even if it looks like a chat", () => {
  expect(readVersion(stored({ "mlflow.prompt.text": "[]" })).template).toEqual({ type: "text", text: "[]" });
});

test("a chat that is no list of messages is shown as text", () => {
  for (const text of ["{", "[]", "[1]", '[{"content": "x"}]', '{"role": "user"}']) {
    const { template, isBroken } = readVersion(stored({ "_mlflow_prompt_type": "chat", "mlflow.prompt.text": text }));
    expect(template).toEqual({ type: "text", text });
    expect(isBroken).toBe(true);
  }
});

test("the tags of a version are those that MLflow's client writes", () => {
  expect(versionTags({ type: "text", text: "" }, { responseFormat: " ", modelConfig: "{}" })).toEqual([
    { key: "mlflow.prompt.is_prompt", value: "true" }, { key: "_mlflow_prompt_type", value: "text" }, { key: "mlflow.prompt.text", value: "" },
  ]);
  const chat = versionTags({ type: "chat", messages: [{ role: "user", content: "x" }] }, { responseFormat: '{ "type": "object" }', modelConfig: '{"top_p": 1}' });
  expect(Object.fromEntries(chat.map(({ key, value }) => [key, value]))).toEqual({
    "mlflow.prompt.is_prompt": "true", "_mlflow_prompt_type": "chat", "mlflow.prompt.text": '[{"role":"user","content":"x"}]',
    "_mlflow_prompt_response_format": '{"type":"object"}', "_mlflow_prompt_model_config": '{"top_p":1}',
  });
});

test("JSON is indented, other text unchanged", () => {
  expect(indentedJson('{"a":1}')).toBe('{\n  "a": 1\n}');
  expect(indentedJson("{a")).toBe("{a");
});

test("experiments of a prompt are in one tag between commas", () => {
  const tagged = (value: string) => ({ tags: [{ key: "_mlflow_experiment_ids", value }] });
  expect(experimentsOf(tagged(",1, 12,"))).toEqual(["1", "12"]);
  expect(experimentsOf({})).toEqual([]);
  expect(withExperiment([], "3")).toBe(",3,");
  expect(withExperiment(["1", "12"], "2")).toBe(",1,12,2,");
  expect(withExperiment(["1"], "1")).toBeNull();
});

test("aliases belong to versions, some cannot be set", () => {
  const prompt = { aliases: [{ alias: "staging", version: "2" }, { alias: "production", version: "2" }, { alias: "old", version: "1" }] };
  expect(aliasesOf(prompt, 2)).toEqual(["production", "staging"]);
  expect(aliasedVersion(prompt, "old")).toBe(1);
  expect(aliasedVersion(prompt, "none")).toBeNull();
  expect(["production", "größe-1", "a_b"].map(aliasProblem)).toEqual([null, null, null]);
  for (const alias of ["", "a b", "a.b", "latest", "Latest", "v3", "V12"]) expect(aliasProblem(alias)).not.toBeNull();
});

test("a prompt of which all versions were deleted has no latest one", () => {
  const prompt = { name: "qa", creation_timestamp: 0, last_updated_timestamp: 0 };
  expect(latestVersion(prompt)).toBeNull();
  expect(latestVersion({ ...prompt, latest_versions: [stored({})] })).toBe(2);
});
