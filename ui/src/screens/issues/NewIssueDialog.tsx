import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { createIssue } from "../../net/issues";
import { Button } from "../../ui/Button";
import { EMPTY_ISSUE, isComplete, IssueFields, issueOfDraft } from "../../ui/curate/IssueFields";
import { Dialog } from "../../ui/Dialog";

/** Asks for a new issue without traces, and opens it. */
export function NewIssueDialog({ e, experimentId, onClose }: { e: string; experimentId: string; onClose: () => void }) {
  const [draft, setDraft] = useState(EMPTY_ISSUE);
  const navigate = useNavigate();
  const { mutate, error, isPending } = useMutation({
    meta: { quiet: true },
    mutationFn: () => createIssue(experimentId, issueOfDraft(draft)),
    onSuccess: ({ issue_id }) => {
      onClose();
      void navigate({ to: "/e/$e/issues/$issue", params: { e, issue: issue_id } });
    },
  });
  const ready = isComplete(draft) && !isPending;
  return (
    <Dialog
      title="New issue"
      onClose={onClose}
      foot={<><Button onClick={onClose}>Cancel</Button><Button look="primary" disabled={!ready} onClick={() => mutate()}>Create</Button></>}
    >
      <form className="stack" onSubmit={(event) => { event.preventDefault(); if (ready) mutate(); }}>
        <IssueFields draft={draft} onChange={setDraft} />
        {error && <p className="error-text" role="alert">{error.message}</p>}
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
}
