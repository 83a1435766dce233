import { expect, test } from "vitest";
import type { SpanMeaning } from "./meaning";
import { answered, asked } from "./said";

const nothing = { messages: [], inputs: null, outputs: null } as unknown as SpanMeaning;

test("messages are read by their side", () => {
  const meaning: SpanMeaning = {
    ...nothing,
    outputs: { choices: [] },
    messages: [
      { side: "input", role: "system", parts: [{ type: "text", text: "Be short." }] },
      { side: "input", role: "tool", parts: [{ type: "tool_result", id: null, name: null, result: { n: 1 } }] },
      { side: "output", role: "assistant", parts: [{ type: "text", text: "Yes." }] },
    ],
  };
  expect(asked(meaning)).toEqual([{ role: "system", text: "Be short." }, { role: "tool", text: '{\n  "n": 1\n}' }]);
  expect(answered(meaning)).toBe("Yes.");
});

test("without messages, inputs and outputs are shown as they are", () => {
  expect(asked({ ...nothing, inputs: { q: 1 } })).toEqual([{ role: "input", text: '{\n  "q": 1\n}' }]);
  expect(answered({ ...nothing, outputs: "plain" })).toBe("plain");
  expect(answered(nothing)).toBeNull();
  expect(answered({ ...nothing, outputs: 0 })).toBe("0");
});
