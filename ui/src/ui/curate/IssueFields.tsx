import { useId } from "react";
import { ISSUE_DESCRIPTION_MAX, ISSUE_NAME_MAX, ISSUE_SEVERITIES, issueWord, type IssueSeverity } from "../../core/issue";
import type { NewIssue } from "../../net/issues";

export interface IssueDraft {
  name: string;
  description: string;
  severity: IssueSeverity | "";
}

export const EMPTY_ISSUE: IssueDraft = { name: "", description: "", severity: "" };

export function isComplete({ name, description }: IssueDraft): boolean {
  return name.trim() !== "" && description.trim() !== "";
}

export function issueOfDraft({ name, description, severity }: IssueDraft): NewIssue {
  return { name: name.trim(), description: description.trim(), ...(severity && { severity }) };
}

/** The fields of a new issue. */
export function IssueFields({ draft, onChange }: { draft: IssueDraft; onChange: (draft: IssueDraft) => void }) {
  const id = useId();
  const set = (change: Partial<IssueDraft>) => onChange({ ...draft, ...change });
  return (
    <>
      <div className="field">
        <label htmlFor={`${id}name`}>Name</label>
        <input id={`${id}name`} className="input" autoComplete="off" maxLength={ISSUE_NAME_MAX} placeholder="Wrong refund amounts" value={draft.name} onChange={(event) => set({ name: event.target.value })} />
      </div>
      <div className="field">
        <label htmlFor={`${id}description`}>Description, as Markdown</label>
        <textarea id={`${id}description`} className="input" rows={6} maxLength={ISSUE_DESCRIPTION_MAX} placeholder="What goes wrong, when, and what should happen instead" value={draft.description} onChange={(event) => set({ description: event.target.value })} />
      </div>
      <div className="field">
        <label htmlFor={`${id}severity`}>Severity</label>
        <select id={`${id}severity`} className="select" value={draft.severity} onChange={(event) => set({ severity: event.target.value as IssueDraft["severity"] })}>
          <option value="">not set</option>
          {ISSUE_SEVERITIES.map((severity) => <option key={severity} value={severity}>{issueWord(severity)}</option>)}
        </select>
      </div>
    </>
  );
}
