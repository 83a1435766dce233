import { expect, test } from "vitest";
import type { NormalizedSpan } from "./normalizedSpan";
import { outputText, inputMessages } from "./chatText";

const nothing = { messages: [], inputs: null, outputs: null } as unknown as NormalizedSpan;

test("input and output messages are separated", () => {
  const normalized: NormalizedSpan = {
    ...nothing,
    outputs: { choices: [] },
    messages: [
      { side: "input", role: "system", parts: [{ type: "text", text: "Be short." }] },
      { side: "input", role: "tool", parts: [{ type: "tool_result", id: null, name: null, result: { n: 1 } }] },
      { side: "output", role: "assistant", parts: [{ type: "text", text: "Yes." }] },
    ],
  };
  expect(inputMessages(normalized)).toEqual([{ role: "system", text: "Be short." }, { role: "tool", text: '{\n  "n": 1\n}' }]);
  expect(outputText(normalized)).toBe("Yes.");
});

test("without messages, inputs and outputs are shown as they are", () => {
  expect(inputMessages({ ...nothing, inputs: { q: 1 } })).toEqual([{ role: "input", text: '{\n  "q": 1\n}' }]);
  expect(outputText({ ...nothing, outputs: "plain" })).toBe("plain");
  expect(outputText(nothing)).toBeNull();
  expect(outputText({ ...nothing, outputs: 0 })).toBe("0");
});
