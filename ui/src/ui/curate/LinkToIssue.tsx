import { Link } from "@tanstack/react-router";
import { useId, useState } from "react";
import { plural } from "../../core/format";
import { ISSUE_STATUSES, issuesOfError, issueWord, rootCauseOf, type Issue } from "../../core/issue";
import type { IssueProposal } from "../../core/issueProposal";
import { shorten, visible } from "../../core/text";
import { useExperiment } from "../../net/experiment";
import { createIssue, linkTraces, useIssues } from "../../net/issues";
import { ErrorState, LoadingRows } from "../State";
import { BulkDialog } from "./BulkDialog";
import { countOf, type Target } from "./target";
import { EMPTY_ISSUE, isComplete, IssueFields, issueOfDraft, type IssueDraft } from "./IssueFields";

/** Each link is a request, and more traces do not describe an issue better. */
const LINKED_MAX = 1000;

export interface LinkToIssueProps {
  experiment: string;
  target: Target;
  proposal?: IssueProposal;
  /** The id of the issue that is chosen at first. */
  chosen?: string;
  onDone?: (ids: string[]) => void;
  onClose: () => void;
}

/** Links traces to a new issue, or to an existing one. */
export default function LinkToIssue({ experiment, target, proposal, chosen, onDone, onClose }: LinkToIssueProps) {
  const id = useId();
  const experimentId = useExperiment(experiment).data?.experiment_id;
  const { data, error, refetch } = useIssues(experimentId);
  const issues = data?.issues ?? [];
  const ofError = proposal?.error === undefined ? undefined : issuesOfError(issues, proposal.error)[0];
  const [choice, setChoice] = useState<"new" | "existing" | null>(chosen === undefined ? null : "existing");
  const [chosenId, setChosenId] = useState<string | null>(chosen ?? null);
  const [draft, setDraft] = useState<IssueDraft>({ ...EMPTY_ISSUE, ...(proposal && { name: proposal.name, description: proposal.description }) });
  // The issue is created once, even if linking has to be tried again.
  const [made, setMade] = useState<Issue | null>(null);

  const makesNew = (choice ?? (ofError || (!proposal && issues.length > 0) ? "existing" : "new")) === "new";
  const existing = issues.find(({ issue_id }) => issue_id === (chosenId ?? ofError?.issue_id)) ?? null;
  const count = Math.min(countOf(target), LINKED_MAX);
  const work = async (ids: string[], onProgress: (done: number) => void, signal: AbortSignal) => {
    let issue = makesNew ? made : existing;
    if (!issue) {
      issue = await createIssue(experimentId!, { ...issueOfDraft(draft), ...(proposal?.error !== undefined && { root_causes: [rootCauseOf(proposal.error)] }) });
      setMade(issue);
    }
    return linkTraces(issue, ids, onProgress, signal);
  };
  return (
    <BulkDialog
      title={`Link ${plural(count, "trace")} to an issue`}
      action={makesNew ? "Create and link" : "Link"}
      target={target}
      tracesMax={LINKED_MAX}
      ready={experimentId !== undefined && data !== undefined && (makesNew ? isComplete(draft) : existing !== null)}
      work={work}
      doneText={(done) => `${plural(done, "trace")} linked`}
      doneLink={<OpenIssue experiment={experiment} issue={makesNew ? made : existing} onOpen={onClose} />}
      onDone={(ids) => onDone?.(ids)}
      onClose={onClose}
    >
      {error ? <ErrorState error={error} doing="load the issues" onRetry={() => void refetch()} /> : !data ? <LoadingRows rows={3} /> : (
        <>
          <fieldset className="row wrap choices">
            <legend>Link to</legend>
            {(["new", "existing"] as const).map((one) => (
              <label key={one} className="row">
                <input type="radio" name={`${id}choice`} autoFocus={makesNew === (one === "new")} checked={makesNew === (one === "new")} disabled={one === "existing" && issues.length === 0} onChange={() => setChoice(one)} />
                {one === "new" ? "A new issue" : "An existing issue"}
              </label>
            ))}
          </fieldset>
          {makesNew ? <IssueFields draft={draft} onChange={setDraft} /> : (
            <div className="field">
              <label htmlFor={`${id}issue`}>Issue</label>
              <select id={`${id}issue`} className="select" value={existing?.issue_id ?? ""} onChange={(event) => setChosenId(event.target.value)}>
                <option value="" disabled>Choose an issue</option>
                {ISSUE_STATUSES.map((status) => <IssueOptions key={status} label={issueWord(status)} issues={issues.filter((issue) => issue.status === status)} />)}
              </select>
            </div>
          )}
        </>
      )}
      {LINKED_MAX < countOf(target) && <p className="meta">The {"ids" in target ? "first" : "newest"} {LINKED_MAX.toLocaleString("en-US")} of {plural(countOf(target), "trace")} are linked.</p>}
      <button type="submit" hidden />
    </BulkDialog>
  );
}

function IssueOptions({ label, issues }: { label: string; issues: Issue[] }) {
  if (issues.length === 0) return null;
  return (
    <optgroup label={label}>
      {issues.map(({ issue_id, name, trace_count = 0 }) => <option key={issue_id} value={issue_id}>{shorten(visible(name), 80)} ({plural(trace_count, "trace")})</option>)}
    </optgroup>
  );
}

function OpenIssue({ experiment, issue, onOpen }: { experiment: string; issue: Issue | null; onOpen: () => void }) {
  if (!issue) return null;
  return <Link to="/e/$e/issues/$issue" params={{ e: experiment, issue: issue.issue_id }} onClick={onOpen}>Open the issue</Link>;
}
