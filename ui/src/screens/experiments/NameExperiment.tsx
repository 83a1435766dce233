import { useNavigate } from "@tanstack/react-router";
import { useId, useState } from "react";
import { useChangeExperiment } from "../../net/experiments";
import type { ExperimentSummary } from "../../core/types";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";

/** Asks for the name of a new experiment, or a new name of the given one. */
export function NameExperiment({ experiment, onClose }: { experiment: ExperimentSummary | null; onClose: () => void }) {
  const [name, setName] = useState(experiment?.name ?? "");
  const id = useId();
  const navigate = useNavigate();
  const { mutate, error, isPending } = useChangeExperiment({ quiet: true });
  const save = () => {
    if (!name.trim() || isPending) return;
    if (experiment) {
      mutate({ kind: "rename", experiment_id: experiment.experiment_id, name: name.trim() }, { onSuccess: onClose });
      return;
    }
    mutate({ kind: "create", name: name.trim() }, {
      onSuccess: (made) => {
        onClose();
        if (made?.experiment_id) void navigate({ to: "/e/$e/traces", params: { e: made.experiment_id } });
      },
    });
  };
  return (
    <Dialog
      title={experiment ? "Rename the experiment" : "New experiment"}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" onClick={save} disabled={!name.trim() || isPending}>{experiment ? "Rename" : "Create"}</Button>
        </>
      }
    >
      <form className="field" onSubmit={(event) => { event.preventDefault(); save(); }}>
        <label htmlFor={id}>Name</label>
        <input id={id} className="input" value={name} autoComplete="off" maxLength={500} placeholder="/Shared/my-agent" onChange={(event) => setName(event.target.value)} />
        {error && <p className="error-text" role="alert">{error.message}</p>}
      </form>
      {experiment && <p className="meta">Clients that still use the name “{experiment.name}” will create a new experiment.</p>}
    </Dialog>
  );
}
