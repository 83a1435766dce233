import { useId, useState } from "react";
import { exact } from "../../core/format";
import { visible } from "../../core/text";
import { useChangeExperiment } from "../../net/experiments";
import type { ExperimentSummary } from "../../core/types";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { toast } from "../../core/toastQueue";

/** Deletes an experiment after its name was typed to confirm. */
export function DeleteExperiment({ experiment, onClose }: { experiment: ExperimentSummary; onClose: () => void }) {
  const { experiment_id, name } = experiment;
  const [typed, setTyped] = useState("");
  const id = useId();
  const { mutate, error, isPending } = useChangeExperiment({ quiet: true });
  const restore = useChangeExperiment();
  const sure = typed.trim() === name.trim();
  const remove = () => {
    if (!sure || isPending) return;
    mutate({ kind: "delete", experiment_id }, {
      onSuccess: () => {
        onClose();
        toast(`Deleted ${name}`, { forMs: 20_000, action: { label: "Undo", run: () => restore.mutate({ kind: "restore", experiment_id }) } });
      },
    });
  };
  return (
    <Dialog
      title="Delete the experiment"
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="danger" onClick={remove} disabled={!sure || isPending}>Delete</Button>
        </>
      }
    >
      <p>
        Its {exact(experiment.traces)} traces and its runs are hidden, and it accepts no new traces.
        It can be restored from the list of deleted experiments.
      </p>
      <form className="field" onSubmit={(event) => { event.preventDefault(); remove(); }}>
        <label htmlFor={id}>Type <code>{visible(name)}</code> to confirm</label>
        <input id={id} className="input" value={typed} autoComplete="off" onChange={(event) => setTyped(event.target.value)} />
        {error && <p className="error-text" role="alert">{error.message}</p>}
      </form>
    </Dialog>
  );
}
