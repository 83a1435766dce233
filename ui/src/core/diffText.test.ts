import fc from "fast-check";
import { expect, test } from "vitest";
import { areUnlike, diffText, type Piece } from "./diffText";

const side = (pieces: Piece[], without: Piece["change"]) => pieces.filter(({ change }) => change !== without).map(({ text }) => text).join("");
const marked = (pieces: Piece[]) => pieces.map(({ text, change }) => (change === "same" ? text : change === "added" ? `{+${text}+}` : `[-${text}-]`)).join("");

test("changed words are marked, the rest is not", () => {
  expect(marked(diffText("Check the header and rotate.", "Check the secret and rotate."))).toBe("Check the [-header-]{+secret+} and rotate.");
});

test("scripts without spaces have words, too", () => {
  expect(marked(diffText("東京は晴れです。", "京都は晴れです。"))).toMatch(/^\[-東京-\]\{\+京都\+\}は晴れです。$/);
});

test("spaces and line breaks are compared", () => {
  expect(marked(diffText("a b", "a  b"))).not.toBe("a b");
});

test("both texts can be reconstructed from any difference", () => {
  const text = fc.oneof(fc.string({ unit: "grapheme" }), fc.array(fc.constantFrom("a", "b ", "\n", "x y"), { maxLength: 20 }).map((parts) => parts.join("")));
  fc.assert(fc.property(text, text, (before, after) => {
    const pieces = diffText(before, after);
    expect(side(pieces, "added")).toBe(before);
    expect(side(pieces, "removed")).toBe(after);
  }));
});

test("very long texts are compared in limited time", () => {
  const random = (seed: number) => Array.from({ length: 60_000 }, (_, at) => `line ${(at * seed) % 9973}\n`).join("");
  const began = performance.now();
  const [before, after] = [random(31), random(77)];
  expect(side(diffText(before, after), "added")).toBe(before);
  expect(performance.now() - began).toBeLessThan(8000);
});

test("texts with little in common are unlike; short ones, and edits of long ones, are not", () => {
  const long = "The order left the warehouse on Monday and is expected at your door within two working days, by the usual carrier.";
  const other = "Sadly this cannot be found. Please send us a photo of your receipt, so that somebody looks into what happened to it.";
  expect(areUnlike(diffText(long, other))).toBe(true);
  expect(areUnlike(diffText(long, long.replace("Monday", "Friday").replace("two", "three")))).toBe(false);
  expect(areUnlike(diffText("yes", "no"))).toBe(false);
  expect(areUnlike(diffText(long, long))).toBe(false);
});
