import { useId, useState } from "react";
import { useCreateToken, type NewToken } from "../../net/tokens";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";

export function CreateToken({ first, onMade, onClose }: { first: boolean; onMade: (token: NewToken) => void; onClose: () => void }) {
  const [name, setName] = useState("");
  const id = useId();
  const { mutate, error, isPending } = useCreateToken();
  const create = () => {
    if (name.trim() && !isPending) mutate({ name: name.trim(), first }, { onSuccess: onMade });
  };
  return (
    <Dialog
      title="New token"
      onClose={onClose}
      foot={<><Button onClick={onClose}>Cancel</Button><Button look="primary" onClick={create} disabled={!name.trim() || isPending}>Create</Button></>}
    >
      <form className="field" onSubmit={(event) => { event.preventDefault(); create(); }}>
        <label htmlFor={id}>Who or what will use it</label>
        <input id={id} className="input" value={name} autoComplete="off" placeholder="laptop, ci, support-agent" onChange={(event) => setName(event.target.value)} />
        {error && <p className="error-text" role="alert">{error.message}</p>}
      </form>
      {first && <p className="warn-text">This is the first: from now on every client and every browser needs a token. This browser is signed in by it.</p>}
    </Dialog>
  );
}
