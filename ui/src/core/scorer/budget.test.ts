import { expect, test } from "vitest";
import { budgetFormOf, budgetText, limitText, readBudget, usageText } from "./budget";

const NOTHING = { calls: 0, failures: 0, cost_usd: 0, skipped: 0 };

test("what was used today", () => {
  expect(usageText(NOTHING)).toBe("–");
  expect(usageText({ ...NOTHING, calls: 1 })).toBe("1 call");
  expect(usageText({ calls: 1200, failures: 2, cost_usd: 0.42, skipped: 7 })).toBe("1,200 calls, $0.42, 2 failed attempts, 7 skipped");
});

test("a budget with what is used of it", () => {
  expect(budgetText(null)).toBe("No limit");
  expect(budgetText({ calls_per_day: 1000, usd_per_day: null, used: 0.4 })).toBe("1,000 calls a day, 40 % used");
  expect(budgetText({ calls_per_day: 1, usd_per_day: 5, used: 1.2 })).toBe("1 call or $5.00 a day, 100 % used");
});

test("a limit is told when it has an effect", () => {
  expect(limitText({ open_share: 1, sample_rate: 1 })).toBeNull();
  expect(limitText({ open_share: 0, sample_rate: 0 })).toBeNull();
  expect(limitText({ open_share: 0.25, sample_rate: 0.5 })).toBe("Near its budget: scores 25 % of what is sampled");
  expect(limitText({ open_share: 0, sample_rate: 0.5 })).toMatch(/used up/);
});

test("typed limits", () => {
  const read = (calls: string, dollars: string) => readBudget({ calls, dollars });
  expect(read("", " ")).toEqual({ limits: { calls_per_day: null, usd_per_day: null }, problems: {} });
  expect(read("1,000", "$2.50")).toEqual({ limits: { calls_per_day: 1000, usd_per_day: 2.5 }, problems: {} });
  expect(read("0", "0")).toEqual({ limits: { calls_per_day: 0, usd_per_day: 0 }, problems: {} });
  for (const wrong of ["1.5", "-1", "many", "1e10"]) expect(read(wrong, "").problems.calls).toBeDefined();
  for (const wrong of ["-1", "much", "1000001"]) expect(read("", wrong).problems.dollars).toBeDefined();
  expect(budgetFormOf({ calls_per_day: 5, usd_per_day: null, used: 0 })).toEqual({ calls: "5", dollars: "" });
  expect(budgetFormOf(null)).toEqual({ calls: "", dollars: "" });
});
