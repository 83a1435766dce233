import { describe, expect, test } from "vitest";
import { kappaInterval, kappaNote, kappaWord, sameText, twoDigits } from "./agreementText";

const KAPPA = { value: 0.5, low: -0.1, high: 0.7, is_weighted: false };

test("κ in words follows Landis and Koch, each bound belonging to the lower word", () => {
  expect([-0.01, 0, 0.2, 0.21, 0.4, 0.6, 0.8, 0.81, 1].map(kappaWord)).toEqual([
    "worse than chance", "slight", "slight", "fair", "fair", "moderate", "substantial", "almost perfect", "almost perfect",
  ]);
});

test("numbers have two digits and a real minus", () => {
  expect([0.666, -0.2, -0.001].map(twoDigits)).toEqual(["0.67", "−0.20", "0.00"]);
  expect(kappaInterval(KAPPA)).toBe("−0.10 to 0.70");
  expect(kappaInterval({ ...KAPPA, low: null, high: null })).toBe("");
});

describe("a note says why κ is missing or weak", () => {
  const base = { compared: 30, kappa: KAPPA, scale: "binary" as const, categories: ["yes", "no"] };
  test("nothing to say", () => expect(kappaNote(base)).toBeNull());
  test("few verdicts", () => {
    expect(kappaNote({ ...base, compared: 19 })).toContain("Only 19 verdicts");
    expect(kappaNote({ ...base, compared: 20 })).toBeNull();
  });
  test("one answer", () => expect(kappaNote({ ...base, kappa: null })).toContain("all answers are the same"));
  test("many texts", () => expect(kappaNote({ ...base, kappa: null, scale: "categories", categories: ["a", "other"] })).toContain("too many different texts"));
});

test("the share of the same answers names the sample", () => {
  expect(sameText({ agreed: 3, compared: 4 })).toBe("75 % the same answer: 3 of 4 verdicts of people");
});
