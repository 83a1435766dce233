import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { isSameResult, passes } from "../../core/scorer/scorerText";
import { scoreText } from "../../core/scoreText";
import { visible } from "../../core/text";
import type { TrialFeedback } from "../../core/types";
import { type Candidate, type TrialRow, tryOnNewest } from "../../net/scorers";
import { Button } from "../../ui/Button";
import { useHotkeys } from "../../ui/keys/hotkeys";
import { Time } from "../../ui/Time";

/** Tries a scorer on the newest traces. Nothing is stored. */
export function TrialPanel({ e, candidate, q = "", former = null, isJudge = false, isActive = true, onIncomplete }: {
  e: string;
  /** `null` while fields have mistakes. */
  candidate: Candidate | null;
  /** The filter of the traces. */
  q?: string;
  /** The saved version, whose results are shown beside. */
  former?: { name: string; version: number } | null;
  isJudge?: boolean;
  /** Whether the key `t` works. */
  isActive?: boolean;
  /** Called instead of a trial while fields have mistakes. */
  onIncomplete?: () => void;
}) {
  const { mutate, data, error, isPending } = useMutation({
    meta: { quiet: true },
    mutationFn: (tried: Candidate) => tryOnNewest(e, tried, { q, former: former?.name ?? null }),
  });
  const [triedText, setTriedText] = useState("");
  const text = JSON.stringify([candidate, q]);
  const run = () => {
    if (isPending) return;
    if (candidate === null) return onIncomplete?.();
    setTriedText(text);
    mutate(candidate);
  };
  useHotkeys({ t: run }, isActive);
  const isStale = data !== undefined && !isPending && triedText !== text;
  return (
    <section className="stack scorer-try" aria-label="Trial">
      <div className="row wrap">
        <Button title="t" disabled={isPending} onClick={run}>{isPending ? "Trying…" : "Try on the five newest traces"}</Button>
        <span className="meta">{q ? "Of those that match its filter. " : ""}Nothing is stored.{isJudge && " The model is asked about each trace."}</span>
      </div>
      <div aria-live="polite" className="stack">
        {error && <p className="error-text" role="alert">{visible(error.message)}</p>}
        {isStale && <p className="warn-text">The fields have changed since this trial.</p>}
        {data && !error && (data.length === 0
          ? <p>{q ? "No trace matches the filter." : "The experiment has no traces yet."} <Link to="/e/$e/traces" params={{ e }}>See the traces</Link></p>
          : <TrialTable rows={data} former={former?.version ?? null} isStale={isStale} />)}
      </div>
    </section>
  );
}

function TrialTable({ rows, former, isStale }: { rows: TrialRow[]; former: number | null; isStale: boolean }) {
  const hasFormer = former !== null && rows.some((row) => row.former !== null);
  const changed = rows.filter((row) => row.former !== null && !isSameResult(row.feedback, row.former)).length;
  return (
    <>
      {hasFormer && <p>{changed === 0 ? "All results are those of the saved version." : `${changed} of ${rows.length} results differ from the saved version.`}</p>}
      <div className="table-scroll" tabIndex={0} role="region" aria-label="Results of the trial">
        <table className="table scorer-trial" data-stale={isStale}>
          <thead>
            <tr>
              <th scope="col">Trace</th>
              {hasFormer && <th scope="col">Version {former}</th>}
              <th scope="col">{hasFormer ? "Now" : "Result"}</th>
              <th scope="col">Reason</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ trace, feedback, former: before }) => {
              const name = visible(trace.input || trace.name || trace.trace_id);
              return (
                <tr key={trace.trace_id} data-changed={before !== null && !isSameResult(feedback, before)}>
                  <th scope="row"><Link className="ellipsis" to="/t/$traceId" params={{ traceId: trace.trace_id }} target="_blank" title={`${name} (opens a new tab)`}>{name}</Link><span className="meta"><Time ms={trace.request_time_ms} /></span></th>
                  {hasFormer && <td><Results feedback={before ?? []} /></td>}
                  <td><Results feedback={feedback} /></td>
                  <td className="scorer-rationale">{reasonsOf(feedback)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </>
  );
}

function Results({ feedback }: { feedback: TrialFeedback[] }) {
  if (feedback.length === 0) return <span className="muted">no feedback</span>;
  return (
    <span className="row wrap">
      {feedback.map((one, at) => {
        const passed = passes(one);
        const look = one.error !== null ? "not-judged" : passed === null ? "" : passed ? "ok" : "error";
        return <span key={at} className={`badge ${look}`} title={visible(one.error ?? one.rationale ?? "")}><span className="ellipsis">{one.error !== null ? "? failed" : `${passed === null ? "" : passed ? "✓ " : "✕ "}${scoreText({ value: one.value })}`}</span></span>;
      })}
    </span>
  );
}

function reasonsOf(feedback: TrialFeedback[]): string {
  return feedback.map(({ error, rationale }) => visible(error ?? rationale ?? "")).filter(Boolean).join("\n") || "–";
}
