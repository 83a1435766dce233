import { Pencil } from "lucide-react";
import { useId, useState } from "react";
import { ISSUE_DESCRIPTION_MAX, ISSUE_NAME_MAX, type Issue } from "../../core/issue";
import { visible } from "../../core/text";
import { toast } from "../../core/toastQueue";
import { useChangeIssue } from "../../net/issues";
import { Button, IconButton } from "../../ui/Button";
import { RichText } from "../../ui/text/RichText";

/** The name and description of an issue, with a form to change them. */
export function IssueText({ issue, editing, onEdit }: { issue: Issue; editing: boolean; onEdit: (editing: boolean) => void }) {
  if (editing) return <EditText issue={issue} onDone={() => onEdit(false)} />;
  return (
    <div className="stack">
      <div className="row issue-head">
        <h1>{visible(issue.name)}</h1>
        <IconButton look="plain" small label="Edit the name and description" icon={<Pencil aria-hidden />} onClick={() => onEdit(true)} />
      </div>
      <div className="issue-description"><RichText text={issue.description} markdown /></div>
    </div>
  );
}

/** What is typed stays until it is saved or cancelled, even if the issue changes meanwhile. */
function EditText({ issue, onDone }: { issue: Issue; onDone: () => void }) {
  const id = useId();
  const [name, setName] = useState(issue.name);
  const [description, setDescription] = useState(issue.description);
  const { mutate, error, isPending } = useChangeIssue(issue.issue_id, { quiet: true });
  const ready = name.trim() !== "" && description.trim() !== "" && !isPending;
  const save = () => {
    if (!ready) return;
    mutate({ name: name.trim(), description: description.trim() }, {
      onSuccess: () => {
        onDone();
        toast("The issue was saved", { undo: () => mutate({ name: issue.name, description: issue.description }) });
      },
    });
  };
  return (
    <form className="stack issue-edit" onSubmit={(event) => { event.preventDefault(); save(); }}>
      <h1 className="visually-hidden">{visible(issue.name)}</h1>
      <div className="field">
        <label htmlFor={`${id}name`}>Name</label>
        <input id={`${id}name`} className="input" autoFocus autoComplete="off" maxLength={ISSUE_NAME_MAX} value={name} onChange={(event) => setName(event.target.value)} />
      </div>
      <div className="field">
        <label htmlFor={`${id}description`}>Description, as Markdown</label>
        <textarea id={`${id}description`} className="input" rows={8} maxLength={ISSUE_DESCRIPTION_MAX} value={description} onChange={(event) => setDescription(event.target.value)} />
      </div>
      {error && <p className="error-text" role="alert">{error.message}</p>}
      <div className="row">
        <Button look="primary" type="submit" disabled={!ready}>Save</Button>
        <Button onClick={onDone}>Cancel</Button>
      </div>
    </form>
  );
}
