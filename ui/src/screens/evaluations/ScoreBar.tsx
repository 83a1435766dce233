import { percent } from "../../core/format";
import { scorerFigure } from "../../core/scoreText";
import { visible } from "../../core/text";
import type { FeedbackStat } from "../../core/types";

/** All scores of one scorer: the pass rate as a bar, or the mean. */
export function ScoreBar({ stat }: { stat: FeedbackStat | undefined }) {
  if (!stat || stat.count + stat.not_judged === 0) return <span className="muted">–</span>;
  const { name, count, pass_rate, not_judged } = stat;
  const figure = scorerFigure(stat);
  const title = `${visible(name)}: ${pass_rate !== null ? `${percent(pass_rate)} pass` : stat.mean !== null ? `mean ${figure}` : `most often ${figure}`}, of ${count}${not_judged ? `; ${not_judged} could not be judged` : ""}`;
  return (
    <span className="score-bar-cell" title={title}>
      {pass_rate !== null && <span className="score-bar" aria-hidden><span className="good" style={{ width: `${pass_rate * 100}%` }} /></span>}
      <span className={pass_rate !== null ? "score-figure" : "ellipsis"}>{figure}</span>
      {not_judged > 0 && <span className="meta" aria-hidden>?{not_judged}</span>}
      <span className="visually-hidden">{title}</span>
    </span>
  );
}
