// Whether a difference between two sides is statistically significant.

export type Significance = "too few" | "may be chance" | "significant";

/** Smaller samples are not judged. */
const COUNT_MIN = 5;
/** Minimum difference in standard errors: without a real difference, about one in twenty samples exceeds it. */
const ERRORS_MIN = 2;

/** Compares two shares, such as passed of rated or failed of all. */
export function shareDifference(a: { share: number | null; count: number }, b: { share: number | null; count: number }): Significance {
  if (a.share === null || b.share === null || Math.min(a.count, b.count) < COUNT_MIN) return "too few";
  const pooled = (a.share * a.count + b.share * b.count) / (a.count + b.count);
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / a.count + 1 / b.count));
  return significanceOf(Math.abs(a.share - b.share), error);
}

interface Numbers {
  count: number;
  mean: number | null;
  p10: number | null;
  p90: number | null;
}

/** Compares two means; their standard deviations are estimated from the 10th and 90th percentiles. */
export function meanDifference(a: Numbers, b: Numbers): Significance {
  const deviation = ({ p10, p90 }: Numbers) => ((p90 ?? 0) - (p10 ?? 0)) / 2.56;
  return spreadDifference({ ...a, deviation: deviation(a) }, { ...b, deviation: deviation(b) });
}

interface Spread {
  count: number;
  mean: number | null;
  deviation: number | null;
}

/** Compares two means with known standard deviations. */
export function spreadDifference(a: Spread, b: Spread): Significance {
  if (a.mean === null || b.mean === null || Math.min(a.count, b.count) < COUNT_MIN) return "too few";
  const variance = ({ deviation, count }: Spread) => (deviation ?? 0) ** 2 / count;
  return significanceOf(Math.abs(a.mean - b.mean), Math.sqrt(variance(a) + variance(b)));
}

function significanceOf(difference: number, error: number): Significance {
  if (difference === 0) return "may be chance";
  return difference < ERRORS_MIN * error ? "may be chance" : "significant";
}

/** The significance in words; small samples are mentioned. */
export function significanceText(verdict: Significance, nA: number, nB: number): string {
  if (nA === 0 || nB === 0) return `only ${nA === 0 ? "B" : "A"} has values`;
  const least = Math.min(nA, nB);
  switch (verdict) {
    case "too few": return `too few values (${least})`;
    case "may be chance": return least < 30 ? `may be chance: only ${least} on one side` : "may be chance";
    case "significant": return least < 30 ? `unlikely to be chance, but only ${least} on one side` : "unlikely to be chance";
  }
}
