import fc from "fast-check";
import { expect, it } from "vitest";
import { lines } from "./lines";

it("loses no characters except line breaks", () => {
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom("a", "b", "\n") }), fc.integer({ min: 1, max: 5 }), (text, max) => {
    const cut = lines(text, max);
    const all = Array.from({ length: cut.count }, (_, at) => cut.line(at));
    expect(all.join("")).toBe(text.replaceAll("\n", ""));
    expect(all.every((line) => line.length <= max)).toBe(true);
  }));
  expect(lines("a\n\nb").count).toBe(3);
});
