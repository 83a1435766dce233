import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { TracesLink } from "../../ui/address/TracesLink";
import { associationText } from "../../core/association";
import { plain } from "../../core/chart";
import { exact, percent } from "../../core/format";
import { joinFilters } from "../../core/joinFilters";
import { visible } from "../../core/text";
import type { Side } from "../../net/analytics";
import type { Quality, QualityFactor } from "../../core/types";
import { Button } from "../../ui/Button";
import { sidesSearch } from "../../core/comparisonAddress";

/** Further rows are weakly or negatively correlated. */
const ROWS_FIRST = 25;

/** Properties correlated with negative feedback, the strongest first. */
export function FactorTable({ experiment, quality, side }: { experiment: string; quality: Quality; side: Side }) {
  const [all, setAll] = useState(false);
  // A property of all rated traces distinguishes none of them.
  const telling = quality.factors.filter((factor) => factor.traces < quality.rated);
  const shown = all ? telling : telling.slice(0, ROWS_FIRST);
  const overallShare = quality.rated ? quality.negative / quality.rated : 0;
  return (
    <section className="stack" aria-labelledby="factors">
      <h2 id="factors">Correlated with negative feedback</h2>
      {telling.length === 0 ? (
        <p className="muted">
          {quality.negative === 0 ? "There is no negative feedback." : "Nothing that at least three rated traces share is correlated with negative feedback."}
        </p>
      ) : (
        <>
          <p className="meta">
            Each row is a property that rated traces share. The line in a bar marks the overall share of negative feedback, {percent(overallShare)}.
            The score (NPMI) says how often the property and negative feedback occur together: 1 always, 0 as often as by chance, −1 never; few traces count for less.
            Correlation does not mean that one causes the other.
          </p>
          {!quality.complete && <p className="meta warn-text">Only the newest rated traces were analyzed; there are more.</p>}
          <div className="table-scroll" tabIndex={0} role="region" aria-labelledby="factors">
            <table className="table">
              <thead>
                <tr>
                  <th scope="col">Property</th>
                  <th scope="col">Negative</th>
                  <th scope="col" className="num">Negative of rated</th>
                  <th scope="col">Correlation</th>
                  <th scope="col" className="num">Score</th>
                  <th scope="col"><span className="visually-hidden">Compare</span></th>
                </tr>
              </thead>
              <tbody>
                {shown.map((factor) => (
                  <Factor key={`${factor.dimension} ${factor.value}`} experiment={experiment} quality={quality} side={side} factor={factor} overallShare={overallShare} />
                ))}
              </tbody>
            </table>
          </div>
          {shown.length < telling.length && (
            <p><Button small onClick={() => setAll(true)}>Show all {exact(telling.length)}</Button></p>
          )}
        </>
      )}
    </section>
  );
}

function Factor({ experiment, quality, side, factor, overallShare }: {
  experiment: string;
  quality: Quality;
  side: Side;
  factor: QualityFactor;
  overallShare: number;
}) {
  const value = visible(factor.value);
  const bad = joinFilters(side.q, factor.filter, quality.negative_filter);
  const good = joinFilters(side.q, factor.filter, quality.positive_filter);
  return (
    <tr>
      <th scope="row">
        <span className="meta">{visible(factor.dimension)}</span>{" "}
        <TracesLink experiment={experiment} target={{ q: bad, range: side.range, count: factor.negative }}>{value}</TracesLink>
      </th>
      <td><BadShare share={factor.negative_rate} overallShare={overallShare} /></td>
      <td className="num">
        <TracesLink experiment={experiment} target={{ q: bad, range: side.range, count: factor.negative }}>{exact(factor.negative)}</TracesLink> of {exact(factor.traces)}
      </td>
      <td className="words">{associationText({ npmi: factor.npmi_smoothed ?? factor.npmi, traces: factor.traces })}</td>
      <td className="num" title={factor.npmi === null ? undefined : `unsmoothed: ${plain(factor.npmi)}`}>
        {factor.npmi_smoothed === null ? "–" : factor.npmi_smoothed.toFixed(2).replace("-", "−")}
      </td>
      <td>
        {0 < factor.negative && 0 < factor.positive && (
          <Link to="/e/$e/compare" params={{ e: experiment }} search={sidesSearch(side, bad, good) as never} aria-label={`Compare negative and positive traces with ${visible(factor.dimension)} ${value}`}>
            Compare
          </Link>
        )}
      </td>
    </tr>
  );
}

function BadShare({ share, overallShare }: { share: number; overallShare: number }) {
  return (
    <span className="row bad-share">
      <svg viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden>
        <rect width="100" height="12" fill="var(--hover)" />
        <rect width={share * 100} height="12" fill="var(--error)" />
        <rect x={Math.min(overallShare * 100, 99)} width="1" height="12" fill="var(--fg)" />
      </svg>
      <span>{percent(share)}</span>
    </span>
  );
}
