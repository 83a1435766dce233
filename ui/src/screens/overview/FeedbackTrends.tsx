import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { TracesLink } from "../../ui/address/TracesLink";
import type { TracesTarget } from "../../ui/address/tracesTarget";
import { exact } from "../../core/format";
import { feedbackText } from "../../core/feedback";
import { joinFilters } from "../../core/joinFilters";
import { bucketRange } from "../../core/trafficChart";
import { visible } from "../../core/text";
import type { RangeText } from "../../core/timeRange";
import type { FeedbackTrend, Overview } from "../../core/types";
import { polarityOf } from "../../core/feedbackVerdict";
import { PolarityButton } from "../../ui/PolarityButton";
import { Chart } from "../../ui/chart/Chart";

const TRENDS_MAX = 12;
const UNCHARTED_MAX = 12;

function isMeasured({ stat }: FeedbackTrend): boolean {
  return stat.pass_rate !== null || stat.mean !== null;
}

/** Feedback by name over time: pass rate or mean, and sample size. */
export function FeedbackTrends(props: {
  experiment: string;
  overview: Overview;
  q: string;
  range: RangeText;
  onZoom: (fromMs: number, toMs: number) => void;
}) {
  const byCount = props.overview.feedback.toSorted((a, b) => b.stat.count - a.stat.count);
  // Feedback that is text, such as notes, or neither good nor bad has no pass rate or mean over time.
  const [charted, uncharted] = [byCount.filter(isMeasured), byCount.filter((trend) => !isMeasured(trend))];
  const shown = charted.slice(0, TRENDS_MAX);
  return (
    <section className="stack" aria-labelledby="feedback-trends">
      <h2 id="feedback-trends">Feedback</h2>
      {props.overview.feedback.length === 0 ? (
        <p className="muted">
          No feedback in this time range. <Link to="/e/$e/quality" params={{ e: props.experiment }}>How to give feedback</Link>
        </p>
      ) : (
        0 < shown.length && <div className="charts">
          {shown.map((trend) => <Trend key={trend.stat.name} trend={trend} {...props} />)}
        </div>
      )}
      {0 < uncharted.length && (
        <p className="meta">
          Not charted, as texts or neither good nor bad:{" "}
          {uncharted.slice(0, UNCHARTED_MAX).map(({ stat, filter }, at) => (
            <span key={stat.name}>
              {at > 0 && ", "}
              <TracesLink experiment={props.experiment} target={{ q: joinFilters(props.q, filter), range: props.range, count: stat.count }}>{visible(stat.name)} ({exact(stat.count)})</TracesLink>
              {!stat.is_guess && <PolarityButton experiment={props.experiment} name={stat.name} polarity={polarityOf(stat.polarity)} guessed={false} />}
            </span>
          ))}
          {UNCHARTED_MAX < uncharted.length && ` and ${uncharted.length - UNCHARTED_MAX} more`}
        </p>
      )}
      {shown.length < charted.length && (
        <p className="meta">
          The {TRENDS_MAX} names with the most feedback. <Link to="/e/$e/quality" params={{ e: props.experiment }}>All {charted.length} names</Link>
        </p>
      )}
    </section>
  );
}

function Trend({ experiment, overview, trend, q, range, onZoom }: {
  experiment: string;
  overview: Overview;
  trend: FeedbackTrend;
  q: string;
  range: RangeText;
  onZoom: (fromMs: number, toMs: number) => void;
}) {
  const { stat, filter } = trend;
  const rated = stat.pass_rate !== null;
  const data = useMemo(
    () => ({
      startMs: trend.series.map((point) => point.start_ms),
      bucketMs: overview.bucket_ms,
      series: [
        rated
          ? { label: "pass rate", color: "ok", values: trend.series.map((point) => point.pass_rate) }
          : { label: "mean", color: "series-1", values: trend.series.map((point) => point.mean) },
        { label: "of", color: "fg3", values: trend.series.map((point) => point.count), aside: "count" as const },
      ],
    }),
    [trend, overview.bucket_ms, rated],
  );
  const targetOf = (bucket: number): TracesTarget => ({
    q: joinFilters(q, filter),
    range: bucketRange(overview, data.startMs[bucket]!),
  });
  const note = (
    <>
      {(!rated || 0 < stat.not_judged) && <>{feedbackText(stat)} · </>}
      <TracesLink experiment={experiment} target={{ q: joinFilters(q, filter), range, count: stat.count }}>{exact(stat.count)} rated</TracesLink> ·{" "}
      <Link to="/e/$e/quality" params={{ e: experiment }} search={{ feedback: stat.name, q, from: range.from, to: range.to } as never}>what correlates with negative feedback</Link>
      <PolarityButton experiment={experiment} name={stat.name} polarity={polarityOf(stat.polarity)} guessed={stat.is_guess} />
    </>
  );
  return (
    <Chart
      title={visible(stat.name)} unit={rated ? "percent" : "number"} kind="steps" data={data} overall={[rated ? stat.pass_rate : stat.mean, stat.count]} note={note}
      height={104} max={rated ? 1 : undefined} syncKey="overview" onZoom={onZoom} experiment={experiment} targetOf={targetOf}
    />
  );
}
