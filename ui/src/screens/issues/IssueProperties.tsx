import { Link } from "@tanstack/react-router";
import { ISSUE_SEVERITIES, ISSUE_STATUSES, issueWord, type Issue } from "../../core/issue";
import { visible } from "../../core/text";
import { toast } from "../../core/toastQueue";
import { useChangeIssue, type IssueChange } from "../../net/issues";
import { NOBODY } from "../../net/person";
import { Property, PropertyList } from "../../ui/PropertyList";
import { Time } from "../../ui/Time";
import { OwnerField } from "./OwnerField";

/** Status, severity and owner, each changed in place, and what else is known about the issue. */
export function IssueProperties({ e, issue }: { e: string; issue: Issue }) {
  const { status, severity, root_causes = [], categories = [] } = issue;
  const { mutate, isPending } = useChangeIssue(issue.issue_id);
  const change = (now: IssueChange, before: IssueChange, text: string) =>
    mutate(now, { onSuccess: () => toast(text, Object.values(before).every((value) => value !== undefined) ? { undo: () => mutate(before) } : {}) });
  return (
    <div className="issue-properties"><PropertyList>
      <Property name="Status">
        <select className="select" aria-label="Status" value={status} disabled={isPending} onChange={(event) => {
          const next = event.target.value as typeof status;
          change({ status: next }, { status }, `The issue is ${next}`);
        }}>
          {ISSUE_STATUSES.map((one) => <option key={one} value={one}>{issueWord(one)}</option>)}
        </select>
      </Property>
      <Property name="Severity">
        <select className="select" aria-label="Severity" value={severity ?? ""} disabled={isPending} onChange={(event) => {
          const next = event.target.value as NonNullable<typeof severity>;
          change({ severity: next }, { severity }, `Severity: ${issueWord(next)}`);
        }}>
          {severity === undefined && <option value="" disabled>not set</option>}
          {ISSUE_SEVERITIES.map((one) => <option key={one} value={one}>{issueWord(one)}</option>)}
        </select>
      </Property>
      <Property name="Owner"><OwnerField e={e} issue={issue} /></Property>
      <Property name="Created"><Time ms={issue.created_timestamp} />{issue.created_by && issue.created_by !== NOBODY && <span className="meta"> by {visible(issue.created_by)}</span>}</Property>
      <Property name="Updated"><Time ms={issue.last_updated_timestamp} /></Property>
      {issue.source_run_id && <Property name="Found by the run"><Link to="/e/$e/runs/$run" params={{ e, run: issue.source_run_id }}>{visible(issue.source_run_id)}</Link></Property>}
      {categories.length > 0 && <Property name="Categories">{visible(categories.join(", "))}</Property>}
      {root_causes.length > 0 && (
        <Property name={root_causes.length === 1 ? "Root cause" : "Root causes"}>
          <ul className="root-causes">{root_causes.map((cause, at) => <li key={at} className="mono">{visible(cause)}</li>)}</ul>
        </Property>
      )}
    </PropertyList></div>
  );
}
