import { expect, test } from "vitest";
import { commonTexts } from "./commonTexts";

test("the most frequent text comes first, white space is ignored, and each trace counts once", () => {
  const texts = [
    { traceId: "a", text: "too long" }, { traceId: "b", text: "wrong\n order" }, { traceId: "c", text: " wrong order" },
    { traceId: "c", text: "wrong order" }, { traceId: "d", text: null }, { traceId: "e", text: "  " },
  ];
  expect(commonTexts(texts, 5)).toEqual([{ text: "wrong order", traceIds: ["b", "c"] }, { text: "too long", traceIds: ["a"] }]);
  expect(commonTexts(texts, 1)).toHaveLength(1);
});
