import { expect, test } from "vitest";
import { formatCode, loadCode } from "./promptCode";

test("values are arguments of `format`, with a comment on those without one", () => {
  expect(formatCode("qa", 3, { type: "text", text: "{{q}} {{style}}" }, { q: 'say "hi"\n' })).toBe([
    "import mlflow", "", 'prompt = mlflow.genai.load_prompt("prompts:/qa/3")', "text = prompt.format(", '    q="say \\"hi\\"\\n",', '    style="",  # no value yet', ")",
  ].join("\n"));
});

test("names that are no arguments are keys of a dictionary", () => {
  const code = formatCode("qa", 1, { type: "chat", messages: [{ role: "user", content: "{{user.name}} {{class}}" }] }, { "user.name": "Ana", class: "x" });
  expect(code).toContain('messages = prompt.format(**{\n    "user.name": "Ana",\n    "class": "x",\n})');
});

test("a prompt without variables is formatted without arguments", () => {
  expect(formatCode("qa", 1, { type: "text", text: "Hello" }, {})).toMatch(/text = prompt\.format\(\)$/);
});

test("aliases are loaded by `@`", () => {
  expect(loadCode("qa", "production")).toContain('"prompts:/qa@production"');
});
