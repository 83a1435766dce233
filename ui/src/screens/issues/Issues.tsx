import { useParams } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { exact } from "../../core/format";
import { ISSUE_STATUSES, issueWord, type Issue } from "../../core/issue";
import { useExperiment } from "../../net/experiment";
import { ISSUES_MAX, useIssues } from "../../net/issues";
import { useQuickParam } from "../../ui/address/useQuickParam";
import { useRangeKeys } from "../../ui/address/useRangeKeys";
import { useTimeRange } from "../../ui/address/useTimeRange";
import { useUrl } from "../../ui/address/useUrl";
import { useUtc } from "../../ui/browser/timeZone";
import { useTitle } from "../../ui/browser/useTitle";
import { Button } from "../../ui/Button";
import { useHotkeys } from "../../ui/keys/hotkeys";
import { EmptyState, ErrorState, LoadingRows } from "../../ui/State";
import { TimeRange } from "../../ui/TimeRange";
import { FoundErrors } from "./FoundErrors";
import { IssueTable } from "./IssueTable";
import { NewIssueDialog } from "./NewIssueDialog";
import "./issues.css";

const CHOICES = [...ISSUE_STATUSES, "all"] as const;
type Choice = (typeof CHOICES)[number];

/** The issues of an experiment, and its errors that have no issue yet. */
export default function Issues() {
  const { e } = useParams({ strict: false }) as { e: string };
  const [search, change] = useUrl();
  const [typed = "", setTyped] = useQuickParam("q");
  const experiment = useExperiment(e);
  const { data, error, isFetching, refetch } = useIssues(experiment.data?.experiment_id);
  const range = useTimeRange("now-30d");
  const utc = useUtc();
  const [creating, setCreating] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  useTitle("Issues", experiment.data?.name);
  useRangeKeys(range);
  useHotkeys({ "/": () => input.current?.focus(), n: () => setCreating(true), r: () => void refetch() });

  const status: Choice = CHOICES.find((one) => one === search.status) ?? "pending";
  const issues = data?.issues ?? [];
  const shown = issues.filter((issue) => isChosen(issue, status) && issue.name.toLowerCase().includes(typed.trim().toLowerCase()));
  const failed = experiment.error ?? error;
  const side = { q: "", range: range.text, utc };
  return (
    <div className="page issues">
      {isFetching && data && <div className="progress-line" />}
      <div className="row wrap">
        <h1 className="grow">Issues</h1>
        <div className="segmented" role="group" aria-label="Status">
          {CHOICES.map((one) => (
            <Button key={one} aria-pressed={status === one} onClick={() => change({ status: one === "pending" ? null : one })}>
              {one === "all" ? "All" : issueWord(one)} {data && <span className="meta">{exact(issues.filter((issue) => isChosen(issue, one)).length)}</span>}
            </Button>
          ))}
        </div>
        <input
          ref={input} type="search" className="input find" aria-label="Find an issue by its name" placeholder="Find by name" value={typed}
          onChange={(event) => setTyped(event.target.value || null)}
          onKeyDown={(event) => { if (event.key === "Escape") { setTyped(null); event.currentTarget.blur(); } }}
        />
        <TimeRange value={range.text} onChange={range.set} />
        <Button look="primary" title="n" onClick={() => setCreating(true)}>New issue</Button>
      </div>
      {failed && !data ? <ErrorState error={failed} doing="load the issues" onRetry={() => { void experiment.refetch(); void refetch(); }} />
        : !data ? <LoadingRows />
        : shown.length > 0 ? <IssueTable e={e} issues={shown} tags={experiment.data?.tags} side={side} />
        : issues.length === 0 ? (
          <EmptyState title="No issues yet">
            <p>An issue groups the traces that show the same problem, with a status, a severity and an owner. Make one from an error below, from a row of <i>Quality</i>, or from traces selected in the list.</p>
            <Button look="primary" onClick={() => setCreating(true)}>New issue</Button>
          </EmptyState>
        ) : (
          <EmptyState title={typed.trim() ? "No issue of this status has that name" : `No issue is ${status}`}>
            <Button onClick={() => { setTyped(null); change({ status: "all", q: null }); }}>Show all issues</Button>
          </EmptyState>
        )}
      {data?.more && <p className="meta">The {exact(ISSUES_MAX)} most severe and newest issues; there are more.</p>}
      {data && <FoundErrors experiment={e} side={side} issues={issues} />}
      {creating && experiment.data && <NewIssueDialog e={e} experimentId={experiment.data.experiment_id} onClose={() => setCreating(false)} />}
    </div>
  );
}

function isChosen(issue: Issue, choice: Choice): boolean {
  return choice === "all" || issue.status === choice;
}
