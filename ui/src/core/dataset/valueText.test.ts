import { expect, test } from "vitest";
import { valueText } from "./valueText";

const user = (content: unknown) => ({ role: "user", content });

test("a chat is shown as what the user asked last", () => {
  expect(valueText([user("one?")])).toBe("one?");
  expect(valueText({ messages: [user("one?"), { role: "assistant", content: "1" }, user([{ type: "text", text: "two?" }, { type: "image_url" }])] })).toBe("… two?");
});

test("everything else is shown as JSON", () => {
  for (const value of [[], {}, "text", 1, { messages: [user("x")], more: 1 }, [{ role: "assistant", content: "x" }], [user([{ type: "image_url" }])], [user("x"), 1]]) {
    expect(valueText(value)).toBe(typeof value === "string" ? value : JSON.stringify(value));
  }
});
