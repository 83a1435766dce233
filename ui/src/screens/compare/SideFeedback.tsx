import { TracesLink } from "../../ui/address/TracesLink";
import { meanDifference, shareDifference, significanceText } from "../../core/significance";
import { feedbackText } from "../../core/feedback";
import { exact } from "../../core/format";
import { feedbackField } from "../../core/feedbackField";
import { joinFilters } from "../../core/joinFilters";
import { visible } from "../../core/text";
import type { Side } from "../../net/analytics";
import type { FeedbackStat } from "../../core/types";
import { FigureChange, TRACES_MIN } from "../../ui/FigureChange";
import { SidesHead } from "./SidesHead";

/** Feedback of both sides, and whether the difference is significant. */
export function SideFeedback({ experiment, a, b, sides }: {
  experiment: string;
  a: FeedbackStat[];
  b: FeedbackStat[];
  sides: { a: Side; b: Side };
}) {
  const names = [...new Set([...a, ...b].map((stat) => stat.name))].sort();
  const cell = (stat: FeedbackStat | undefined, side: Side) =>
    stat ? (
      <>
        {feedbackText(stat)}{" "}
        <TracesLink experiment={experiment} target={{ q: joinFilters(side.q, `${feedbackField(stat.name)} IS NOT NULL`), range: side.range, count: stat.count }}>
          of {exact(stat.count)}
        </TracesLink>
      </>
    ) : <span className="muted">no feedback</span>;
  return (
    <section className="stack" aria-labelledby="feedback">
      <h2 id="feedback">Feedback</h2>
      {names.length === 0 ? <p className="muted">No feedback on either side.</p> : (
        <div className="table-scroll" tabIndex={0} role="group" aria-labelledby="feedback">
          <table className="table compare-table">
            <SidesHead what="Name" />
            <tbody>
              {names.map((name) => {
                const [one, other] = [a, b].map((stats) => stats.find((stat) => stat.name === name));
                return (
                  <tr key={name}>
                    <th scope="row">{visible(name)}</th>
                    <td className="num">{cell(one, sides.a)}</td>
                    <td className="num">{cell(other, sides.b)}</td>
                    <td className="num">{one && other && <Difference a={one} b={other} />}</td>
                    <td className="muted">{significanceOf(one, other)}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function Difference({ a, b }: { a: FeedbackStat; b: FeedbackStat }) {
  if (a.pass_rate !== null && b.pass_rate !== null) {
    return <FigureChange tracesBefore={Math.min(a.count, b.count)} points better="up" now={b.pass_rate} before={a.pass_rate} description={`A: ${feedbackText(a)}, B: ${feedbackText(b)}`} />;
  }
  if (a.median === null || b.median === null || Math.min(a.count, b.count) < TRACES_MIN) return null;
  const difference = b.median - a.median;
  return <span title={`A: ${feedbackText(a)}, B: ${feedbackText(b)}`}>{difference < 0 ? "−" : "+"}{Number(Math.abs(difference).toPrecision(2))} in the median</span>;
}

function significanceOf(a: FeedbackStat | undefined, b: FeedbackStat | undefined): string {
  if (!a || !b) return significanceText("too few", a?.count ?? 0, b?.count ?? 0);
  if (a.pass_rate !== null && b.pass_rate !== null) {
    return significanceText(shareDifference({ share: a.pass_rate, count: a.count }, { share: b.pass_rate, count: b.count }), a.count, b.count);
  }
  return a.mean !== null && b.mean !== null ? significanceText(meanDifference(a, b), a.count, b.count) : "values of different types";
}
