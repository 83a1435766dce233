// Agreement between reviewers, corrected for the agreement that is expected by chance: 1 is perfect, 0 is what chance gives.

/** Cohen's κ of two reviewers who put the same items into categories. `null` if all answers are the same: chance explains them fully. */
export function cohenKappa(pairs: readonly (readonly [string, string])[]): number | null {
  if (pairs.length === 0) return null;
  const [first, second] = [counts(pairs.map(([a]) => a)), counts(pairs.map(([, b]) => b))];
  // Counts instead of shares, since they are exact.
  const all = pairs.length ** 2;
  const observed = pairs.filter(([a, b]) => a === b).length * pairs.length;
  let expected = 0;
  for (const [category, n] of first) expected += n * (second.get(category) ?? 0);
  return expected === all ? null : (observed - expected) / (all - expected);
}

/**
 * Krippendorff's α of any number of reviewers, of whom each may leave out items. `units` are the values of each item.
 * `null` if nothing can be compared, or if all values are the same.
 */
export function krippendorffAlpha(units: readonly (readonly string[])[], level: "nominal"): number | null;
export function krippendorffAlpha(units: readonly (readonly number[])[], level: "interval"): number | null;
export function krippendorffAlpha(units: readonly (readonly (string | number)[])[], level: "nominal" | "interval"): number | null {
  const compared = units.filter((values) => 2 <= values.length);
  const all = compared.flat();
  if (all.length === 0) return null;
  const differences = level === "nominal" ? nominalDifferences : (values: readonly (string | number)[]) => intervalDifferences(values.map(Number));
  const observed = compared.reduce((sum, values) => sum + differences(values) / (values.length - 1), 0) / all.length;
  const expected = differences(all) / (all.length * (all.length - 1));
  return expected === 0 ? null : 1 - observed / expected;
}

/** The ordered pairs of values that differ. */
function nominalDifferences(values: readonly (string | number)[]): number {
  let same = 0;
  for (const n of counts(values).values()) same += n * n;
  return values.length ** 2 - same;
}

/** The sum of squared differences of all ordered pairs. */
function intervalDifferences(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return 2 * values.length * values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
}

function counts<T>(values: readonly T[]): Map<T, number> {
  const found = new Map<T, number>();
  for (const value of values) found.set(value, (found.get(value) ?? 0) + 1);
  return found;
}
