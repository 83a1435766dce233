import { percent } from "../core/format";
import { visible } from "../core/text";
import type { FeedbackStat } from "../core/types";

/** The feedback of one name: pass rate or median, with the sample size. */
export function FeedbackBadge({ stat }: { stat: FeedbackStat }) {
  const { name, count, pass_rate, median } = stat;
  const said = pass_rate !== null ? percent(pass_rate)
    : median !== null ? String(Math.round(median * 1000) / 1000)
    : stat.values[0] ? visible(stat.values[0].value) : "";
  const look = pass_rate === null ? "" : pass_rate >= 0.8 ? "ok" : pass_rate < 0.5 ? "error" : "warn";
  return (
    <span className={`badge ${look}`} title={`${visible(name)}: ${said} of ${count}`}>
      <span className="ellipsis">{visible(name)}</span> {said} <span className="meta">n {count}</span>
    </span>
  );
}
