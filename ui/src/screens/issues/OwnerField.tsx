import { useId, useState } from "react";
import { ownerOf, ownersIn, type Issue } from "../../core/issue";
import { visible } from "../../core/text";
import { toast } from "../../core/toastQueue";
import { useExperiment } from "../../net/experiment";
import { useIssueOwner } from "../../net/issues";
import { personName } from "../../net/person";

const OWNER_CHARS_MAX = 200;

/** The owner of an issue: Enter or leaving the field saves it, Esc reverts. A failed save keeps what was typed. */
export function OwnerField({ e, issue }: { e: string; issue: Issue }) {
  const id = useId();
  const { data: experiment } = useExperiment(e);
  const owner = ownerOf(experiment?.tags, issue.issue_id);
  const others = new Set([...ownersIn(experiment?.tags), personName()]);
  const [typed, setTyped] = useState<string | null>(null);
  const { mutate, error, reset } = useIssueOwner(issue.experiment_id, issue.issue_id);
  const save = () => {
    const next = typed?.trim();
    if (next === undefined) return;
    if (next === owner) revert();
    else {
      mutate(next, {
        onSuccess: () => {
          setTyped(null);
          toast(next ? `Owner: ${visible(next)}` : "The issue has no owner", { undo: () => mutate(owner) });
        },
      });
    }
  };
  const revert = () => {
    setTyped(null);
    reset();
  };
  return (
    <>
      <input
        className="input" style={{ width: 180 }} aria-label="Owner" placeholder="nobody" autoComplete="off" maxLength={OWNER_CHARS_MAX} list={`${id}owners`}
        aria-invalid={!!error} aria-describedby={error ? `${id}error` : undefined}
        value={typed ?? owner}
        onChange={(event) => setTyped(event.target.value)}
        onBlur={save}
        onKeyDown={(event) => {
          if (event.key === "Enter") save();
          if (event.key === "Escape") revert();
        }}
      />
      <datalist id={`${id}owners`}>{[...others].map((name) => <option key={name} value={name} />)}</datalist>
      {error && <span id={`${id}error`} className="error-text" role="alert"> {error.message}</span>}
    </>
  );
}
