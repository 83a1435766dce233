import { expect, it } from "vitest";
import { plainText, summarizeMessage, type ChatMessage } from "./normalizedSpan";
import { addedSince, chatOf } from "./turns";

const said = (side: "input" | "output", role: string, text: string): ChatMessage => ({ side, role, parts: [{ type: "text", text }] });
const call = (id: string): ChatMessage => ({ side: "input", role: "assistant", parts: [{ type: "tool_call", id, name: "search", arguments: { q: "x" } }] });
const result = (id: string): ChatMessage => ({ side: "input", role: "tool", parts: [{ type: "tool_result", id, name: null, result: { found: 1 } }] });

it("separates the newest message, and keeps tool results together", () => {
  const chat = chatOf([said("input", "system", "s"), said("input", "user", "u"), call("1"), result("1"), result("2"), said("output", "assistant", "a")]);
  expect(chat.earlier.length).toBe(3);
  expect(chat.current.map((message) => message.role)).toEqual(["tool", "tool"]);
  expect(chat.output.length).toBe(1);
  expect(chatOf([])).toEqual({ earlier: [], current: [], output: [] });
});

it("finds the messages that the previous call did not have", () => {
  const first = [said("input", "system", "s"), said("input", "user", "again")];
  expect(addedSince(first, [...first, said("input", "user", "again"), call("1")])).toEqual([said("input", "user", "again"), call("1")]);
});

it("names a tool result after its call", () => {
  const { current } = chatOf([call("1"), result("1")]);
  expect(current[0]!.parts).toEqual([{ type: "tool_result", id: "1", name: "search", result: { found: 1 } }]);
  expect(chatOf([result("7")]).current[0]!.parts[0]).toMatchObject({ name: null });
});

it("shows the messages that an output repeats from the input once", () => {
  const chat = chatOf([said("input", "user", "u"), said("output", "user", "u"), said("output", "assistant", "a")]);
  expect(chat.output.map((message) => message.role)).toEqual(["assistant"]);
  expect(chatOf([said("input", "user", "u"), said("output", "user", "u")]).output.length).toBe(1);
});

it("writes a message on one line, or in full", () => {
  expect(summarizeMessage(call("1"))).toBe('search({"q":"x"})');
  expect(summarizeMessage(result("1"))).toBe('→ {"found":1}');
  expect(plainText({ side: "input", role: "user", parts: [{ type: "image", url: "data:image/png;base64,AAAA" }, { type: "text", text: "hi" }] })).toBe("[image: data:image/png;base64,AAAA]\n\nhi");
});
