import fc from "fast-check";
import { expect, test } from "vitest";
import { alignMessages, isSame, type MessagePair } from "./alignMessages";
import type { TemplateMessage } from "./template";

const message = (role: string, content: string): TemplateMessage => ({ role, content });
const shown = (pairs: MessagePair[]) => pairs.map(({ before, after }) => `${before?.content ?? "–"} ${after?.content ?? "–"}`);

test("a changed message is paired with the one before, an added one with none", () => {
  const before = [message("system", "a"), message("user", "b")];
  const after = [message("system", "a2"), message("user", "example"), message("assistant", "answer"), message("user", "b")];
  expect(shown(alignMessages(before, after))).toEqual(["a a2", "– example", "– answer", "b b"]);
});

test("messages of different roles are not paired", () => {
  expect(shown(alignMessages([message("system", "a")], [message("user", "a")]))).toEqual(["a –", "– a"]);
});

test("further fields count as a change", () => {
  const [pair] = alignMessages([message("user", "a")], [{ ...message("user", "a"), name: "n" }]);
  expect(isSame(pair!)).toBe(false);
});

test("every message is in one pair, in its order, and equal chats have no changes", () => {
  const chat = fc.array(fc.record({ role: fc.constantFrom("user", "assistant"), content: fc.constantFrom("a", "b", "c") }), { maxLength: 8 });
  fc.assert(fc.property(chat, chat, (before, after) => {
    const pairs = alignMessages(before, after);
    expect(pairs.flatMap((pair) => pair.before ?? [])).toEqual(before);
    expect(pairs.flatMap((pair) => pair.after ?? [])).toEqual(after);
    for (const pair of pairs) if (pair.before && pair.after) expect(pair.before.role).toBe(pair.after.role);
    expect(alignMessages(before, before).every(isSame)).toBe(true);
  }));
});
