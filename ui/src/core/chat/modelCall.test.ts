import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { anthropicRequest, modelCallAs, openAiRequest } from "./modelCall";
import type { ChatMessage, NormalizedSpan, Part } from "./normalizedSpan";
import { pythonLiteral } from "./pythonLiteral";

const HARD = "it's \"quoted\" $HOME `id` \\n\nJSON\nEOF {} 東京 \u2028";
const said = (role: string, ...parts: Part[]): ChatMessage => ({ side: "input", role, parts });
const text = (words: string): Part => ({ type: "text", text: words });

const SPAN = {
  inputs: { api_key: "sk-secret", messages: [] },
  model: "gpt-4.1", provider: "openai",
  parameters: { temperature: "0.2", max_tokens: 800, stop_sequences: ["END"], tool_choice: "required" },
  messages: [
    said("system", text("Be brief.")),
    said("user", text(HARD), { type: "image", url: "data:image/png;base64,iVBO" }),
    said("assistant", { type: "reasoning", text: "hm" }, { type: "tool_call", id: null, name: "search", arguments: { q: HARD } }),
    said("tool", { type: "tool_result", id: null, name: null, result: { found: true, nothing: null } }),
    { side: "output", role: "assistant", parts: [text("the answer")] },
  ],
  tool_definitions: [{ name: "search", description: null, parameters: { type: "object", properties: {} } }],
} as unknown as NormalizedSpan;

it("sends the same request to OpenAI again", () => {
  expect(openAiRequest(SPAN)).toEqual({
    model: "gpt-4.1", temperature: 0.2, max_completion_tokens: 800, stop: ["END"], tool_choice: "required",
    messages: [
      { role: "system", content: "Be brief." },
      { role: "user", content: [{ type: "text", text: HARD }, { type: "image_url", image_url: { url: "data:image/png;base64,iVBO" } }] },
      { role: "assistant", content: null, tool_calls: [{ id: "call_1", type: "function", function: { name: "search", arguments: JSON.stringify({ q: HARD }) } }] },
      { role: "tool", tool_call_id: "call_1", content: '{"found":true,"nothing":null}' },
    ],
    tools: [{ type: "function", function: { name: "search", parameters: { type: "object", properties: {} } } }],
  });
});

it("sends the same request to Anthropic again", () => {
  expect(anthropicRequest(SPAN)).toEqual({
    model: "gpt-4.1", max_tokens: 800, temperature: 0.2, stop_sequences: ["END"], tool_choice: { type: "any" }, system: "Be brief.",
    messages: [
      { role: "user", content: [{ type: "text", text: HARD }, { type: "image", source: { type: "base64", media_type: "image/png", data: "iVBO" } }] },
      { role: "assistant", content: [{ type: "tool_use", id: "call_1", name: "search", input: { q: HARD } }] },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "call_1", content: '{"found":true,"nothing":null}' }] },
    ],
    tools: [{ name: "search", input_schema: { type: "object", properties: {} } }],
  });
  const { max_tokens } = anthropicRequest({ ...SPAN, parameters: {} });
  expect(max_tokens).toBe(4096);
});

it("links results without an id to their calls in order", () => {
  const call = (name: string): Part => ({ type: "tool_call", id: null, name, arguments: {} });
  const result = (value: string): Part => ({ type: "tool_result", id: null, name: null, result: value });
  const request = openAiRequest({ ...SPAN, messages: [said("assistant", call("a"), call("b")), said("tool", result("1")), said("tool", result("2"))] });
  expect((request.messages as { tool_call_id?: string }[]).map((message) => message.tool_call_id)).toEqual([undefined, "call_1", "call_2"]);
});

it("writes a curl command in which the shell expands nothing", () => {
  for (const span of [SPAN, { ...SPAN, model: "claude-sonnet-4-5", provider: "anthropic" }]) {
    const code = modelCallAs("curl", span);
    // A shell function named `curl` prints the body instead of sending it.
    const printed = execFileSync("sh", ["-c", `curl() { cat; }\n${code}`], { encoding: "utf8", env: { PATH: process.env.PATH } });
    expect(JSON.parse(printed)).toEqual(JSON.parse(JSON.stringify(span.provider === "anthropic" ? anthropicRequest(span) : openAiRequest(span))));
  }
});

it("reads the key from a variable, and contains no other data of the request", () => {
  for (const format of ["curl", "openai", "anthropic", "litellm"] as const) {
    const code = modelCallAs(format, SPAN);
    expect(code).not.toContain("sk-secret");
    expect(code).toMatch(/OPENAI_API_KEY|ANTHROPIC_API_KEY/);
    expect(code).not.toContain("the answer");
  }
  expect(modelCallAs("litellm", { ...SPAN, model: "claude-x", provider: "anthropic" })).toContain('model="anthropic/claude-x"');
});

it("writes Python literals", () => {
  expect(pythonLiteral({ a: [true, null, 1.5], b: {}, c: [] })).toBe('{\n    "a": [\n        True,\n        None,\n        1.5,\n    ],\n    "b": {},\n    "c": [],\n}');
});
