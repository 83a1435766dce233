import { useNavigate } from "@tanstack/react-router";
import { useId, useState } from "react";
import { useChangeDataset } from "../../net/datasets";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";

export function CreateDataset({ e, experimentId, onClose }: { e: string; experimentId: string; onClose: () => void }) {
  const id = useId();
  const [name, setName] = useState("");
  const navigate = useNavigate();
  const { mutate, error, isPending } = useChangeDataset();
  const ready = name.trim() !== "" && !isPending;
  const create = () => {
    if (!ready) return;
    mutate({ kind: "create", experimentId, name: name.trim() }, {
      onSuccess: (made) => {
        onClose();
        if (made) void navigate({ to: "/e/$e/datasets/$dataset", params: { e, dataset: made.dataset_id } });
      },
    });
  };
  return (
    <Dialog
      title="New dataset"
      onClose={onClose}
      foot={<><Button onClick={onClose}>Cancel</Button><Button look="primary" onClick={create} disabled={!ready}>Create</Button></>}
    >
      <form className="field" onSubmit={(event) => { event.preventDefault(); create(); }}>
        <label htmlFor={id}>Name</label>
        <input id={id} className="input" value={name} autoComplete="off" maxLength={255} placeholder="golden" onChange={(event) => setName(event.target.value)} />
        {error && <p className="error-text" role="alert">{error.message}</p>}
      </form>
      <p className="meta">The name cannot be changed later.</p>
    </Dialog>
  );
}
