import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { TracesLink } from "../../ui/address/TracesLink";
import { associationText } from "../../core/association";
import { plain } from "../../core/chart";
import { exact, percent, plural } from "../../core/format";
import { factorProposal } from "../../core/issueProposal";
import { joinFilters } from "../../core/joinFilters";
import { visible } from "../../core/text";
import { type Side, sideRange } from "../../net/analytics";
import type { Quality, QualityFactor } from "../../core/types";
import { Button } from "../../ui/Button";
import { LinkToIssueButton } from "../../ui/curate/LinkToIssueButton";
import { DataTable, type TableColumn } from "../../ui/table/DataTable";
import { useTableSort } from "../../ui/table/useTableSort";
import { sidesSearch } from "../../core/comparisonAddress";

/** Factors of the same traces, shown as one row by the first of them. */
interface FactorSet {
  factor: QualityFactor;
  others: QualityFactor[];
}

function foldSets(factors: QualityFactor[]): FactorSet[] {
  const sets = new Map<number, FactorSet>();
  for (const factor of factors) {
    const set = sets.get(factor.trace_set);
    if (set) set.others.push(factor);
    else sets.set(factor.trace_set, { factor, others: [] });
  }
  return [...sets.values()];
}

/** Properties correlated with negative feedback; by default, the strongest comes first. */
export function FactorTable({ experiment, quality, side }: { experiment: string; quality: Quality; side: Side }) {
  const [all, setAll] = useState(false);
  const [sort, setSort] = useTableSort("-score");
  // A property of all rated traces distinguishes none of them.
  const sets = foldSets(quality.factors.filter((factor) => factor.traces < quality.rated));
  const significant = sets.filter(({ factor }) => factor.significant);
  const chance = sets.length - significant.length;
  const overallShare = quality.rated ? quality.negative / quality.rated : 0;
  return (
    <section className="stack" aria-labelledby="factors">
      <h2 id="factors">Correlated with negative feedback</h2>
      <p className="meta">
        {quality.negative === 0 ? "There is no negative feedback."
          : significant.length === 0 ? "Nothing that rated traces share is correlated with negative feedback beyond chance."
          : `Each row is a property that rated traces share. Of the rows that are significant, about one in twenty is chance (false discovery rate 5 %). The line in a bar marks the overall share of negative feedback, ${percent(overallShare)}.`}
        {0 < significant.length && (
          <> The score (NPMI) says how often the property and negative feedback occur together: 1 always, 0 as often as by chance, −1 never; few traces count for less. Correlation does not mean that one causes the other.</>
        )}
      </p>
      {!quality.complete && <p className="meta warn-text">Only the newest rated traces were analyzed; there are more.</p>}
      {0 < (all ? sets : significant).length && (
        <DataTable
          labelledBy="factors" columns={columnsOf(experiment, quality, side, overallShare)} rows={all ? sets : significant}
          rowKey={({ factor }) => `${factor.dimension} ${factor.value}`} sort={sort} onSort={setSort}
        />
      )}
      {0 < chance && 0 < quality.negative && (
        <p><Button small aria-pressed={all} onClick={() => setAll(!all)}>{all ? "Only what is significant" : `Show ${exact(chance)} more that may be chance`}</Button></p>
      )}
    </section>
  );
}

function columnsOf(experiment: string, quality: Quality, side: Side, overallShare: number): TableColumn<FactorSet>[] {
  const bad = ({ filter }: QualityFactor) => joinFilters(side.q, filter, quality.negative_filter);
  const good = ({ filter }: QualityFactor) => joinFilters(side.q, filter, quality.positive_filter);
  const name = (factor: QualityFactor) => (
    <>
      <span className="meta">{visible(factor.dimension)}</span>{" "}
      <TracesLink experiment={experiment} target={{ q: bad(factor), range: side.range, count: factor.negative }}>{visible(factor.value)}</TracesLink>
    </>
  );
  return [
    {
      id: "property", title: "Property", value: ({ factor }) => `${factor.dimension} ${factor.value}`, rowHeader: true,
      cell: ({ factor, others }) => (
        <>
          {name(factor)}
          {0 < others.length && (
            <details className="same-traces">
              <summary className="meta">same {plural(factor.traces, "trace")}: {plural(others.length, "more property", "more properties")}</summary>
              <ul>{others.map((other) => <li key={`${other.dimension} ${other.value}`}>{name(other)}</li>)}</ul>
            </details>
          )}
        </>
      ),
    },
    { id: "share", title: "Negative", value: ({ factor }) => factor.negative_rate, largestFirst: true, cell: ({ factor }) => <BadShare share={factor.negative_rate} overallShare={overallShare} /> },
    {
      id: "negative", title: "Negative of rated", value: ({ factor }) => factor.negative, number: true,
      cell: ({ factor }) => (
        <><TracesLink experiment={experiment} target={{ q: bad(factor), range: side.range, count: factor.negative }}>{exact(factor.negative)}</TracesLink> of {exact(factor.traces)}</>
      ),
    },
    {
      id: "correlation", title: "Correlation", className: "words",
      cell: ({ factor }) => (factor.significant
        ? associationText({ npmi: factor.npmi_smoothed ?? factor.npmi, traces: factor.traces })
        : <span className="muted">may be chance</span>),
    },
    {
      id: "score", title: "Score", value: ({ factor }) => factor.npmi_smoothed, number: true,
      cell: ({ factor }) => (
        <span title={`${factor.npmi === null ? "" : `unsmoothed: ${plain(factor.npmi)}, `}by chance: ${plain(factor.chance)}`}>
          {factor.npmi_smoothed === null ? "–" : factor.npmi_smoothed.toFixed(2).replace("-", "−")}
        </span>
      ),
    },
    {
      id: "compare", title: <span className="visually-hidden">Compare</span>,
      cell: ({ factor }) => 0 < factor.negative && 0 < factor.positive && (
        <Link
          to="/e/$e/compare" params={{ e: experiment }} search={sidesSearch(side, bad(factor), good(factor)) as never}
          aria-label={`Compare negative and positive traces with ${visible(factor.dimension)} ${visible(factor.value)}`}
        >
          Compare
        </Link>
      ),
    },
    {
      id: "issue", title: <span className="visually-hidden">Issue</span>,
      cell: ({ factor }) => 0 < factor.negative && (
        <LinkToIssueButton
          experiment={experiment} target={() => ({ all: { experiment, q: bad(factor), ...sideRange(side) }, count: factor.negative })}
          proposal={factorProposal(factor, quality.feedback ?? "")}
          label={`Link the negative traces with ${visible(factor.dimension)} ${visible(factor.value)} to an issue`}
        >
          Issue
        </LinkToIssueButton>
      ),
    },
  ];
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
