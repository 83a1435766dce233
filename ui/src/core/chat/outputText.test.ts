import { expect, test } from "vitest";
import type { ChatMessage } from "./normalizedSpan";
import { outputText } from "./outputText";

const message = (side: "input" | "output", text: string): ChatMessage => ({ side, role: "assistant", parts: [{ type: "text", text }] });

test("the answer is the text of the output messages, of the only field, or all outputs", () => {
  expect(outputText({ choices: [] }, [message("input", "Why?"), message("output", "So"), message("output", "and so")])).toBe("So\n\nand so");
  expect(outputText({ answer: "So" }, [])).toBe("So");
  expect(outputText({ answer: "So", score: 1 }, [])).toEqual({ answer: "So", score: 1 });
  expect(outputText("So", [])).toBe("So");
  expect(outputText(undefined, [])).toBeUndefined();
});
