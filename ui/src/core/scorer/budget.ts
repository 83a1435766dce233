// What scorers use of models, and their budgets, as short texts.
import { exact, money, percent, plural } from "../format";
import type { ListedScorer, ScorerBudget, ScorerUsage } from "../types";

export interface BudgetForm {
  /** As typed; empty for no limit. */
  calls: string;
  dollars: string;
}

const CALLS_MAX = 1e9;
const DOLLARS_MAX = 1e6;

/** `12 calls, $0.0016`; a dash if there were none. */
export function usageText({ calls, failures, cost_usd, skipped }: Pick<ScorerUsage, "calls" | "failures" | "cost_usd" | "skipped">): string {
  const parts = [
    calls > 0 && plural(calls, "call"),
    cost_usd > 0 && money(cost_usd),
    failures > 0 && plural(failures, "failed attempt"),
    skipped > 0 && `${exact(skipped)} skipped`,
  ].filter((part) => part !== false);
  return parts.length === 0 ? "–" : parts.join(", ");
}

/** `1,000 calls or $5.00 a day, 40 % used` */
export function budgetText(budget: ScorerBudget | null): string {
  if (budget === null) return "No limit";
  const { calls_per_day: calls, usd_per_day: dollars, used } = budget;
  const limits = [calls !== null && plural(calls, "call"), dollars !== null && money(dollars)].filter((part) => part !== false);
  return `${limits.join(" or ")} a day, ${percent(Math.min(used, 1))} used`;
}

/** How a budget limits a scorer that runs now; `null` if it does not. */
export function limitText({ open_share, sample_rate }: Pick<ListedScorer, "open_share" | "sample_rate">): string | null {
  if (sample_rate === 0 || 1 <= open_share) return null;
  return open_share === 0 ? "The budget of today is used up: nothing is scored until midnight UTC" : `Near its budget: scores ${percent(open_share)} of what is sampled`;
}

export function budgetFormOf(budget: ScorerBudget | null): BudgetForm {
  const text = (limit: number | null | undefined) => (limit == null ? "" : String(limit));
  return { calls: text(budget?.calls_per_day), dollars: text(budget?.usd_per_day) };
}

/** The limits of a form, and what is wrong with them. */
export function readBudget(form: BudgetForm): { limits: { calls_per_day: number | null; usd_per_day: number | null }; problems: { calls?: string; dollars?: string } } {
  const calls = number(form.calls);
  const dollars = number(form.dollars.replace(/^\s*\$/, ""));
  const problems: { calls?: string; dollars?: string } = {};
  if (calls !== null && !(Number.isInteger(calls) && 0 <= calls && calls <= CALLS_MAX)) problems.calls = "Enter a whole number, or nothing for no limit";
  if (dollars !== null && !(0 <= dollars && dollars <= DOLLARS_MAX)) problems.dollars = "Enter an amount up to $1,000,000, or nothing for no limit";
  return { limits: { calls_per_day: calls, usd_per_day: dollars }, problems };
}

function number(text: string): number | null {
  const trimmed = text.trim().replaceAll(",", "");
  return trimmed === "" ? null : Number(trimmed);
}
