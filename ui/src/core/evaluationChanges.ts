// Compares evaluations: differences between two runs in words, and the changes of a single case.
import { plain } from "./chart";
import { duration, money, percent, plural } from "./format";
import type { ComparedRow, RowCounts, ScoreComparison } from "./types";

/** What the numbers of a comparison are. */
export type Unit = "share" | "number" | "ms" | "dollars";

export function unitOf({ kind }: Pick<ScoreComparison, "kind">): Unit {
  return kind === "pass_fail" ? "share" : "number";
}

export function valueText(value: number | null, unit: Unit): string {
  if (value === null) return "–";
  switch (unit) {
    case "share": return percent(value);
    case "number": return plain(value);
    case "ms": return duration(value);
    case "dollars": return money(value);
  }
}

/** `+6 pt`, `−0.12`, `+120 ms`: shares differ in percentage points. */
export function differenceText(difference: number | null, unit: Unit): string {
  if (difference === null) return "–";
  const size = Math.abs(difference);
  const text = unit === "share" ? `${percent(size).replace(" %", "")} pt` : valueText(size, unit);
  return difference === 0 || /^[$]?0( |$)/.test(text) ? `±${text}` : `${difference < 0 ? "−" : "+"}${text}`;
}

/** `−12 to −1 pt`: the 95 % interval of the difference. */
export function intervalText({ interval }: Pick<ScoreComparison, "interval">, unit: Unit): string | null {
  if (!interval) return null;
  const [low, high] = [differenceText(interval.low, unit), differenceText(interval.high, unit)];
  return `${unit === "share" ? low.replace(" pt", "") : low} to ${high}`;
}

export type Direction = "better" | "worse" | "different" | "equal";

/** How the other run differs from the baseline, whether by chance or not. */
export function directionOf({ kind, polarity, difference, won, lost, changed }: ScoreComparison): Direction {
  if (won + lost + changed === 0 && !difference) return "equal";
  if (difference === null || polarity === "neutral" || kind === "text") return changed + won + lost > 0 ? "different" : "equal";
  if (difference === 0) return won > lost ? "better" : won < lost ? "worse" : "different";
  // Pass rates count good values, whatever the polarity; only means of numbers may be better if they are lower.
  const lowerIsBetter = kind === "number" && polarity === "negative";
  return (difference < 0) === lowerIsBetter ? "better" : "worse";
}

export function isSignificant({ significance }: Pick<ScoreComparison, "significance">): boolean {
  return significance === "significant";
}

/** The result of a comparison in words, such as `worse, unlikely to be chance`. */
export function resultText(score: ScoreComparison): string {
  const { pairs, kind, changed, significance } = score;
  if (pairs === 0) return "no cases in common";
  if (kind === "text") return changed === 0 ? "no difference" : `${plural(changed, "text")} changed`;
  const direction = directionOf(score);
  if (direction === "equal") return "no difference";
  if (score.difference === 0 && score.won === score.lost) return "as many won as lost";
  if (significance === "too few") return `too few cases to tell (${pairs})`;
  if (isSignificant(score)) return `${direction}, unlikely to be chance`;
  return `${direction}, but may be chance`;
}

/** The test behind the result, for a tooltip. */
export function testText({ test, p_value, adjusted_p_value, pairs, interval }: ScoreComparison): string {
  const name = test === "mcnemar" ? "McNemar’s test" : test === "wilcoxon" ? "Wilcoxon signed-rank test" : "No test";
  const p = (value: number) => (value < 0.001 ? "< 0.001" : `= ${value.toPrecision(2)}`);
  return [
    `${name} of ${plural(pairs, "case")} that both runs have`,
    ...(p_value === null ? [] : [`p ${p(p_value)}`]),
    ...(adjusted_p_value === null ? [] : [`p ${p(adjusted_p_value)} adjusted for the number of tests`]),
    ...(interval ? [`95 % interval by ${interval.method === "bootstrap" ? "bootstrap" : "normal approximation"}`] : []),
  ].join("; ");
}

export interface RowChanges {
  /** Names of the scorers that lost or won in at least one of the other runs. */
  lost: string[];
  won: string[];
  changed: string[];
  /** The case fails only in another run, or no longer fails there. */
  failure: "lost" | "won" | null;
  /** Some run does not have the case. */
  isPartial: boolean;
}

/** All changes of a case from the baseline. */
export function rowChanges({ cases, changes }: Pick<ComparedRow, "cases" | "changes">): RowChanges {
  const named = (change: string) => [...new Set(changes.flatMap((scorers) => Object.keys(scorers).filter((name) => scorers[name] === change)))].sort();
  const [baseline, ...others] = cases;
  const failed = (state: string | undefined) => state === "ERROR";
  const both = baseline ? others.filter((other) => other !== null && other !== undefined) : [];
  const failure = both.some(({ state }) => failed(state) && !failed(baseline?.state)) ? "lost"
    : both.some(({ state }) => !failed(state) && failed(baseline?.state)) ? "won" : null;
  return { lost: named("lost"), won: named("won"), changed: named("changed"), failure, isPartial: cases.some((one) => !one) };
}

/** The change of a score in one of the runs; none in the baseline. */
export function changeOf({ changes }: Pick<ComparedRow, "changes">, run: number, name: string): string | undefined {
  const scorers = changes[run - 1];
  return scorers && Object.hasOwn(scorers, name) ? scorers[name] : undefined;
}

/** Which rows of a comparison are shown. */
export const ROW_FILTERS = [
  { id: "all", label: "All cases", hint: "Regressions first" },
  { id: "lost", label: "Lost", hint: "Worse than in the baseline" },
  { id: "won", label: "Won", hint: "Better than in the baseline" },
  { id: "changed", label: "Changed", hint: "Lost, won, or another value that is neither better nor worse" },
  { id: "one-sided", label: "Not in all", hint: "Cases that at least one of the runs does not have" },
  { id: "same", label: "Same", hint: "The same scores in all runs" },
] as const;

export type RowFilter = (typeof ROW_FILTERS)[number]["id"];

/** The number of rows that a filter shows. */
export function rowCount(counts: RowCounts, filter: RowFilter): number {
  return filter === "one-sided" ? counts.one_sided : counts[filter];
}

export function rowFilterOf(text: string | undefined): RowFilter {
  return ROW_FILTERS.find(({ id }) => id === text)?.id ?? "all";
}
