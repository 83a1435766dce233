import { plain } from "../../../core/chart";
import { exact, percent } from "../../../core/format";
import { scorerFigure } from "../../../core/scoreText";
import { shorten, visible } from "../../../core/text";
import type { FeedbackStat, ScoreDistribution } from "../../../core/types";

/** The verdicts of a scorer that cases can be filtered by. */
const VERDICTS = [
  { id: "bad", sign: "✕", label: "bad", look: "bad" },
  { id: "good", sign: "✓", label: "good", look: "good" },
  { id: "neutral", sign: "○", label: "neither good nor bad", look: "neutral" },
  { id: "not_judged", sign: "?", label: "could not be judged", look: "not-judged" },
  { id: "missing", sign: "–", label: "without a score", look: "missing" },
] as const;

export type CaseVerdict = (typeof VERDICTS)[number]["id"];

export function verdictLabel(verdict: string): string {
  return VERDICTS.find(({ id }) => id === verdict)?.label ?? verdict;
}

/** A card for each scorer: its figure, its distribution, and counts that filter the cases. */
export function ScorerCards({ scorers, stats, chosen, onChoose }: {
  scorers: readonly ScoreDistribution[];
  stats: readonly FeedbackStat[];
  /** The scorer and verdict that the cases are filtered by. */
  chosen: { scorer: string; verdict: string } | null;
  onChoose: (chosen: { scorer: string; verdict: string } | null) => void;
}) {
  return (
    <ul className="scorer-cards">
      {scorers.map((scorer) => (
        <li key={scorer.name} className="scorer-card">
          <div className="row">
            <span className="ellipsis grow" title={visible(scorer.name)}>{visible(scorer.name)}</span>
            <Figure scorer={scorer} stat={stats.find(({ name }) => name === scorer.name)} />
          </div>
          {scorer.buckets.length > 0 ? <Distribution scorer={scorer} /> : <VerdictBar scorer={scorer} />}
          <div className="row verdict-counts">
            {VERDICTS.filter(({ id }) => scorer[id] > 0).map(({ id, sign, label, look }) => {
              const isChosen = chosen?.scorer === scorer.name && chosen.verdict === id;
              const text = `${exact(scorer[id])} ${label}`;
              return (
                <button
                  key={id} type="button" className={`verdict-count ${look}`} aria-pressed={isChosen} title={`${text}: show only these`}
                  aria-label={`${visible(scorer.name)}: ${text}`} onClick={() => onChoose(isChosen ? null : { scorer: scorer.name, verdict: id })}
                >
                  <span aria-hidden>{sign}</span> {exact(scorer[id])}
                </button>
              );
            })}
          </div>
        </li>
      ))}
    </ul>
  );
}

function Figure({ scorer, stat }: { scorer: ScoreDistribution; stat: FeedbackStat | undefined }) {
  if (!stat) return null;
  if (scorer.kind === "number" && stat.mean !== null) {
    const median = stat.median === null ? "" : `, median ${plain(stat.median)}`;
    return <b title={`Mean ${plain(stat.mean)}${median}, of ${exact(stat.count)}`}>{plain(stat.mean)}</b>;
  }
  if (stat.pass_rate !== null) return <b title={`${percent(stat.pass_rate)} of those that are good or bad are good`}>{percent(stat.pass_rate)}</b>;
  return <b className="ellipsis scorer-value" title="The most frequent value">{scorerFigure(stat)}</b>;
}

function VerdictBar({ scorer }: { scorer: ScoreDistribution }) {
  return (
    <span className="verdict-bar" aria-hidden>
      {VERDICTS.toSorted((a, b) => Number(b.id === "good") - Number(a.id === "good")).filter(({ id }) => scorer[id] > 0).map(({ id, look }) => <span key={id} className={look} style={{ flexGrow: scorer[id] }} />)}
    </span>
  );
}

/** The numbers of a scorer in ten equal ranges. */
function Distribution({ scorer: { name, buckets } }: { scorer: ScoreDistribution }) {
  const most = Math.max(...buckets.map(({ count }) => count), 1);
  const words = buckets.filter(({ count }) => count > 0).map(({ from, to, count }) => `${plain(from)} to ${plain(to)}: ${exact(count)}`).join(", ");
  return (
    <span className="score-distribution" role="img" aria-label={shorten(`Distribution of ${visible(name)}: ${words}`, 400)}>
      {buckets.map(({ from, to, count }, at) => (
        <span key={at} title={`${plain(from)} to ${plain(to)}: ${exact(count)}`} style={{ height: count === 0 ? 0 : `max(2px, ${(count / most) * 100}%)` }} />
      ))}
    </span>
  );
}
