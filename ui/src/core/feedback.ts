// Summaries of all feedback of one name.
import { plain } from "./chart";
import { exact, percent } from "./format";
import { visible } from "./text";

interface Stat {
  count: number;
  not_judged?: number;
  pass_rate: number | null;
  mean: number | null;
  median: number | null;
  p10: number | null;
  p90: number | null;
  values: { value: string; traces: number }[];
}

/** `86 % pass`, `median 0.71 (p10–p90 0.3–0.93)`, or the most frequent values. */
export function feedbackText(stat: Stat): string {
  const text = valuesText(stat);
  return stat.not_judged ? `${text} · ${exact(stat.not_judged)} could not be judged` : text;
}

function valuesText(stat: Stat): string {
  if (stat.pass_rate !== null) return `${percent(stat.pass_rate)} pass`;
  if (stat.median !== null) {
    const spread = stat.p10 !== null && stat.p90 !== null ? ` (p10–p90 ${plain(stat.p10)}–${plain(stat.p90)})` : "";
    return `median ${plain(stat.median)}${spread}`;
  }
  const common = stat.values.slice(0, 3).map(({ value, traces }) => `${visible(value)} ${exact(traces)}`);
  return common.join(", ") || "no values";
}
