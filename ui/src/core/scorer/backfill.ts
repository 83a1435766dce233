// Backfills as short texts, and the form of a new one.
import { exact, money, plural } from "../format";
import type { Backfill, BackfillForecast, ListedScorer } from "../types";
import { rateOf } from "./scorerText";

/** A chosen scorer with its rate in percent, as typed. */
export type ChosenRates = Record<string, string>;

/** The rates of the chosen scorers; `null` if one is not valid or none is chosen. */
export function ratesOf(chosen: ChosenRates): { scorer: string; sample_rate: number }[] | null {
  const rates = Object.entries(chosen).map(([scorer, text]) => ({ scorer, sample_rate: rateOf(text) }));
  if (rates.length === 0) return null;
  return rates.every((one): one is { scorer: string; sample_rate: number } => one.sample_rate !== null && 0 < one.sample_rate) ? rates : null;
}

/** The scorers that can score traces of the past. */
export function runnable(scorers: readonly ListedScorer[]): ListedScorer[] {
  return scorers.filter(({ kind }) => kind !== "unsupported");
}

/** `About 1,200 traces match. Up to 600 calls of models, about $0.25.` */
export function forecastText({ traces, complete, scorers, cost_usd }: BackfillForecast): string {
  const matching = `${complete ? "" : "At least "}${plural(traces, "trace matches", "traces match")}`;
  const calls = scorers.reduce((sum, one) => sum + one.calls, 0);
  if (calls === 0) return `${matching}; no model is called.`;
  const cost = cost_usd === null ? "" : `, about ${money(cost_usd)}`;
  return `${matching}; ${complete ? "up to" : "at least"} ${plural(calls, "call of a model", "calls of models")}${cost}.`;
}

/** Why the estimate of a judge is as good as it is; `null` for other scorers. */
export function basisText({ kind, based_on_calls, input_tokens, output_tokens, cost_usd }: BackfillForecast["scorers"][number]): string | null {
  if (kind !== "judge") return null;
  if (based_on_calls === 0) return "not called in the last 30 days, so there is no estimate of its tokens and cost";
  const price = cost_usd === null || cost_usd === undefined ? "price unknown" : money(cost_usd);
  return `about ${exact(input_tokens)} + ${exact(output_tokens)} tokens, ${price}, by its ${plural(based_on_calls, "call")} of the last 30 days`;
}

/** The share of a backfill that is done, from 0 to 1. */
export function doneShare({ state, selected, looked_at, jobs_added, jobs_done }: Backfill): number {
  if (state === "done") return 1;
  const walked = Math.min(1, looked_at / Math.max(selected, looked_at, 1));
  // Jobs that wait are not done yet, although their traces were looked at.
  return jobs_added === 0 ? walked : walked * (1 - (jobs_added - jobs_done) / Math.max(looked_at, jobs_added));
}

/** `1,200 of 4,000 traces, 600 scored` */
export function progressText({ selected, selected_complete, looked_at, jobs_added, jobs_done, checked }: Backfill): string {
  const total = `${exact(Math.max(selected, looked_at))}${selected_complete ? "" : "+"}`;
  const waiting = jobs_added - jobs_done;
  const parts = [`${exact(looked_at)} of ${total} traces`, `${exact(jobs_done + checked)} scored`];
  if (0 < waiting) parts.push(`${exact(waiting)} waiting`);
  return parts.join(", ");
}
