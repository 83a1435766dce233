import { Link } from "@tanstack/react-router";
import { TracesLink } from "../../ui/address/TracesLink";
import { exact, percent } from "../../core/format";
import { joinFilters } from "../../core/joinFilters";
import { visible } from "../../core/text";
import type { Side } from "../../net/analytics";
import type { Quality } from "../../core/types";
import { polarityOf } from "../../core/feedbackVerdict";
import { PolarityButton } from "../../ui/PolarityButton";
import { sidesSearch } from "../../core/comparisonAddress";
import { toast } from "../../core/toastQueue";
import { changeFeedbackSettings, useFeedbackSettings } from "../../net/feedbackSettings";

/** The number of rated traces, the share of negative feedback, and which value counts as negative. */
export function RatedSummary({ experiment, quality, side }: { experiment: string; quality: Quality; side: Side }) {
  const { q, range } = side;
  // For custom words, it is unknown which are negative.
  const undecided = quality.negative_filter === "";
  const good = quality.rated - quality.negative;
  const stat = quality.names.find((name) => name.name === quality.feedback);
  const rules = useFeedbackSettings(experiment).data?.rules ?? [];
  // The one value that counts as negative in the whole experiment; empty if the polarity decides.
  const bad = rules.find(({ name }) => name === quality.feedback)?.bad_value ?? "";
  const setBad = (value: string) => {
    if (quality.feedback === null || quality.feedback === undefined) return;
    const name = quality.feedback;
    const put = (bad_value: string) => changeFeedbackSettings(experiment, { name, bad_value });
    const report = (error: unknown) => toast(error instanceof Error ? error.message : String(error), { error: true });
    const words = value ? `“${visible(value)}” is negative` : "its polarity says what is negative";
    put(value).then(() => toast(`${visible(name)}: ${words}, in the whole experiment`, { undo: () => void put(bad).catch(report) }), report);
  };
  const target = (filter: string, count: number) => ({ q: joinFilters(q, filter), range, count });
  const both = sidesSearch(side, joinFilters(q, quality.negative_filter), joinFilters(q, quality.positive_filter));
  return (
    <section className="card stack rated" aria-labelledby="rated">
      <div className="row wrap">
        <h2 id="rated" className="grow ellipsis">{visible(quality.feedback ?? "")}</h2>
        {stat && <PolarityButton experiment={experiment} name={stat.name} polarity={polarityOf(stat.polarity)} guessed={stat.is_guess} />}
        <label className="row">
          <span className="meta">Negative value</span>
          <select className="select" value={bad} onChange={(event) => setBad(event.target.value)}>
            <option value="">{undecided ? "choose a value" : stat?.pass_rate == null && stat?.median != null ? (stat.polarity === "negative" ? "above the median" : "below the median") : stat?.polarity === "negative" ? "yes, true" : "no, false, fail"}</option>
            {stat?.values.map(({ value }) => <option key={value} value={value}>{visible(value)}</option>)}
            {bad !== "" && !stat?.values.some(({ value }) => value === bad) && <option value={bad}>{visible(bad)}</option>}
          </select>
        </label>
      </div>
      {undecided ? <p>The values are neither yes/no nor numbers. Choose above which value is negative.</p> : <p className="rated-share">
        <b>{quality.rated ? percent(quality.negative / quality.rated) : "–"}</b> negative:{" "}
        <TracesLink experiment={experiment} target={target(quality.negative_filter, quality.negative)}>{exact(quality.negative)} negative</TracesLink>,{" "}
        <TracesLink experiment={experiment} target={target(quality.positive_filter, good)}>{exact(good)} positive</TracesLink> of {exact(quality.rated)} rated traces{stat?.not_judged ? `; ${exact(stat.not_judged)} could not be judged` : ""}
      </p>}
      <p>
        {0 < quality.negative && 0 < good && <><Link to="/e/$e/compare" params={{ e: experiment }} search={both as never}>Compare negative with positive</Link> · </>}
        <Link to="/e/$e/scorers/$scorer/agreement" params={{ e: experiment, scorer: quality.feedback ?? "" }}>Agreement of scorer and people</Link>
      </p>
    </section>
  );
}
