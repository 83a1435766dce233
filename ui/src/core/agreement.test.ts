import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cohenKappa, krippendorffAlpha } from "./agreement";

/** Pairs of a table of counts: `table[a][b]` items that the first reviewer put into `a` and the second into `b`. */
function pairsOf(table: number[][]): [string, string][] {
  return table.flatMap((row, a) => row.flatMap((n, b) => Array.from({ length: n }, (): [string, string] => [String(a), String(b)])));
}

/** The values of each item, from the answers of each reviewer; `null` is missing. */
function unitsOf<T>(byReviewer: (T | null)[][]): T[][] {
  return byReviewer[0]!.map((_, item) => byReviewer.flatMap((answers) => answers[item] ?? []));
}

describe("published examples", () => {
  test("κ of two raters: Fleiss, Levin and Paik, Statistical Methods for Rates and Proportions (2003), table 18.1", () => {
    expect(cohenKappa(pairsOf([[75, 1, 4], [5, 4, 1], [0, 0, 10]]))).toBeCloseTo(0.676, 3);
  });

  test("κ of 50 proposals read by two people: Wikipedia, Cohen’s kappa, simple example", () => {
    expect(cohenKappa(pairsOf([[20, 5], [10, 15]]))).toBeCloseTo(0.4, 10);
  });

  // Krippendorff, Computing Krippendorff’s Alpha-Reliability (2011), section C: 4 observers, 12 units, 7 values missing.
  const OBSERVERS = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, null, null, null],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, null, 3],
    [null, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, null],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, null],
  ];

  test("α of four observers with missing values: Krippendorff (2011), nominal 0.743, interval 0.849", () => {
    const units = unitsOf<number>(OBSERVERS);
    expect(krippendorffAlpha(units.map((values) => values.map(String)), "nominal")).toBeCloseTo(0.743, 3);
    expect(krippendorffAlpha(units, "interval")).toBeCloseTo(0.849, 3);
  });

  test("α of two observers and binary data: Krippendorff (2011), section A, 0.095", () => {
    const units = unitsOf<string>([[..."0100000010"], [..."1110010000"]]);
    expect(krippendorffAlpha(units, "nominal")).toBeCloseTo(0.095, 3);
  });
});

/** α by its definition, pair by pair. */
function alphaByPairs(units: number[][], distance: (a: number, b: number) => number): number | null {
  const compared = units.filter((values) => values.length > 1);
  const all = compared.flat();
  const pairs = (values: number[]) => values.flatMap((a, i) => values.flatMap((b, j) => (i === j ? [] : [distance(a, b)]))).reduce((sum, d) => sum + d, 0);
  const observed = compared.reduce((sum, values) => sum + pairs(values) / (values.length - 1), 0) / all.length;
  const expected = pairs(all) / (all.length * (all.length - 1));
  return all.length === 0 || expected === 0 ? null : 1 - observed / expected;
}

const UNITS = fc.array(fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 5 }), { maxLength: 20 });

describe("laws", () => {
  test("α is what its definition says", () => {
    fc.assert(fc.property(UNITS, (units) => {
      const nominal = krippendorffAlpha(units.map((values) => values.map(String)), "nominal");
      const interval = krippendorffAlpha(units, "interval");
      const [byName, byDistance] = [alphaByPairs(units, (a, b) => Number(a !== b)), alphaByPairs(units, (a, b) => (a - b) ** 2)];
      expect(nominal === null).toBe(byName === null);
      expect(interval === null).toBe(byDistance === null);
      if (byName !== null) expect(nominal).toBeCloseTo(byName, 9);
      if (byDistance !== null) expect(interval).toBeCloseTo(byDistance, 9);
    }));
  });

  test("total agreement is 1, by each measure, if there is more than one answer", () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 2, maxLength: 30 }), fc.integer({ min: 2, max: 5 }), (answers, reviewers) => {
      fc.pre(new Set(answers).size > 1);
      const units = answers.map((answer) => Array.from({ length: reviewers }, () => answer));
      expect(krippendorffAlpha(units, "interval")).toBeCloseTo(1, 9);
      expect(krippendorffAlpha(units.map((values) => values.map(String)), "nominal")).toBeCloseTo(1, 9);
      expect(cohenKappa(answers.map((answer) => [String(answer), String(answer)]))).toBeCloseTo(1, 9);
    }));
  });

  test("the order of reviewers and of items does not matter", () => {
    fc.assert(fc.property(UNITS, fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 }))), (units, pairs) => {
      const reversed = units.toReversed().map((values) => values.toReversed());
      const [alpha, other] = [krippendorffAlpha(units, "interval"), krippendorffAlpha(reversed, "interval")];
      expect(other === null).toBe(alpha === null);
      expect(other ?? 0).toBeCloseTo(alpha ?? 0, 9);
      const texts = pairs.map(([a, b]): [string, string] => [String(a), String(b)]);
      const [kappa, swapped] = [cohenKappa(texts), cohenKappa(texts.toReversed().map(([a, b]): [string, string] => [b, a]))];
      expect(swapped).toBe(kappa);
    }));
  });

  test("no measure exceeds 1", () => {
    fc.assert(fc.property(UNITS, (units) => {
      expect(krippendorffAlpha(units, "interval") ?? 0).toBeLessThanOrEqual(1 + 1e-9);
      expect(krippendorffAlpha(units.map((values) => values.map(String)), "nominal") ?? 0).toBeLessThanOrEqual(1 + 1e-9);
    }));
  });
});

test("agreement by chance alone cannot be measured: all answers are the same, or nothing is compared", () => {
  expect(cohenKappa([])).toBeNull();
  expect(cohenKappa([["a", "a"], ["a", "a"]])).toBeNull();
  expect(krippendorffAlpha([["a"], ["b"]], "nominal")).toBeNull();
  expect(krippendorffAlpha([[3, 3], [3, 3]], "interval")).toBeNull();
});

test("two who always answer differently are worse than chance", () => {
  expect(cohenKappa(pairsOf([[0, 5], [5, 0]]))).toBeCloseTo(-1, 9);
});
