import { expect, test } from "vitest";
import { meanDifference, shareDifference, significanceText, spreadDifference } from "./significance";

test("two shares differ when they are more than two standard errors apart", () => {
  // 80 % and 70 % of 100 each: the standard error is 0.061, the difference 1.6 standard errors.
  expect(shareDifference({ share: 0.8, count: 100 }, { share: 0.7, count: 100 })).toBe("may be chance");
  // The same shares of 400 each: 3.3 standard errors.
  expect(shareDifference({ share: 0.8, count: 400 }, { share: 0.7, count: 400 })).toBe("significant");
  expect(shareDifference({ share: 1, count: 4 }, { share: 0, count: 400 })).toBe("too few");
  expect(shareDifference({ share: null, count: 0 }, { share: 0, count: 400 })).toBe("too few");
  expect(shareDifference({ share: 1, count: 50 }, { share: 1, count: 50 })).toBe("may be chance");
});

test("the significance of two means depends on their spread and sample sizes", () => {
  const side = (mean: number, count: number) => ({ mean, count, p10: mean - 0.256, p90: mean + 0.256 });
  // Standard deviation 0.2, 50 values each: the standard error is 0.04.
  expect(meanDifference(side(0.5, 50), side(0.55, 50))).toBe("may be chance");
  expect(meanDifference(side(0.5, 50), side(0.6, 50))).toBe("significant");
  expect(meanDifference(side(0.5, 2), side(0.9, 50))).toBe("too few");
});

test("means with standard deviations are compared in the same way", () => {
  const side = (mean: number, count: number) => ({ mean, count, deviation: 0.2 });
  expect(spreadDifference(side(0.5, 50), side(0.55, 50))).toBe("may be chance");
  expect(spreadDifference(side(0.5, 50), side(0.6, 50))).toBe("significant");
  expect(spreadDifference(side(0.5, 2), side(0.9, 50))).toBe("too few");
  expect(spreadDifference({ mean: null, count: 0, deviation: null }, side(0.9, 50))).toBe("too few");
});

test("small samples are mentioned", () => {
  expect(significanceText("may be chance", 12, 400)).toBe("may be chance: only 12 on one side");
  expect(significanceText("significant", 300, 400)).toBe("unlikely to be chance");
  expect(significanceText("too few", 2, 400)).toBe("too few values (2)");
  expect(significanceText("too few", 0, 400)).toBe("only B has values");
});
