import { useId, useState } from "react";
import { expiry, LIFETIMES, parseExperiments, PRESETS, SCOPES, switchScope, type ScopeId } from "../../core/tokenForm";
import { useCreateToken, type NewToken } from "../../net/tokens";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";

export function CreateToken({ first, onMade, onClose }: { first: boolean; onMade: (token: NewToken) => void; onClose: () => void }) {
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<readonly ScopeId[]>(first ? ["admin"] : ["ingest"]);
  const [some, setSome] = useState(false);
  const [names, setNames] = useState("");
  const [days, setDays] = useState<number | null>(null);
  const id = useId();
  const { mutate, error, isPending } = useCreateToken();
  const bound = some && !scopes.includes("admin");
  const chosen = parseExperiments(names);
  const isReady = name.trim() && scopes.length > 0 && (!bound || chosen.experiments.length + chosen.experiment_prefixes.length > 0);
  const create = () => {
    if (!isReady || isPending) return;
    mutate({ name: name.trim(), scopes, ...(bound ? chosen : {}), expires_ms: expiry(days, Date.now()) }, { onSuccess: onMade });
  };
  return (
    <Dialog
      title="New token"
      onClose={onClose}
      foot={<><Button onClick={onClose}>Cancel</Button><Button look="primary" onClick={create} disabled={!isReady || isPending}>Create</Button></>}
    >
      <form className="stack" onSubmit={(event) => { event.preventDefault(); create(); }}>
        <div className="field">
          <label htmlFor={id}>Name</label>
          <input id={id} className="input" value={name} autoComplete="off" placeholder="laptop, ci, support-agent" onChange={(event) => setName(event.target.value)} />
        </div>
        {!first && (
          <>
            <Scopes scopes={scopes} onChange={setScopes} />
            {!scopes.includes("admin") && <Experiments some={some} names={names} onSome={setSome} onNames={setNames} />}
            <div className="field">
              <label htmlFor={`${id}-ends`}>Expires</label>
              <select id={`${id}-ends`} className="select" value={days ?? ""} onChange={(event) => setDays(event.target.value ? Number(event.target.value) : null)}>
                {LIFETIMES.map((one) => <option key={one.label} value={one.days ?? ""}>{one.label}</option>)}
              </select>
            </div>
          </>
        )}
        {error && <p className="error-text" role="alert">{error.message}</p>}
      </form>
      {first && <p className="warn-text">This is the first token, and it has all permissions. From now on, every client and every browser needs a token. This browser will be signed in with it.</p>}
    </Dialog>
  );
}

function Scopes({ scopes, onChange }: { scopes: readonly ScopeId[]; onChange: (scopes: readonly ScopeId[]) => void }) {
  return (
    <fieldset className="choices">
      <legend>Permissions</legend>
      <div className="row wrap">
        {PRESETS.map((preset) => (
          <Button key={preset.label} small aria-pressed={preset.scopes.join() === scopes.join()} onClick={() => onChange(preset.scopes)}>{preset.label}</Button>
        ))}
      </div>
      {SCOPES.map(({ id, label, hint }) => (
        <label key={id}>
          <input type="checkbox" checked={scopes.includes(id)} onChange={() => onChange(switchScope(scopes, id))} /> {label}
          <span className="meta">{hint}</span>
        </label>
      ))}
    </fieldset>
  );
}

function Experiments({ some, names, onSome, onNames }: { some: boolean; names: string; onSome: (some: boolean) => void; onNames: (names: string) => void }) {
  const id = useId();
  return (
    <fieldset className="choices">
      <legend>Experiments</legend>
      <label><input type="radio" name={id} checked={!some} onChange={() => onSome(false)} /> All</label>
      <label><input type="radio" name={id} checked={some} onChange={() => onSome(true)} /> Only these</label>
      {some && (
        <div className="field">
          <label htmlFor={`${id}-names`}>One name per line; <code>/Shared/team/*</code> stands for all names that begin so</label>
          <textarea id={`${id}-names`} className="input" rows={3} value={names} onChange={(event) => onNames(event.target.value)} />
        </div>
      )}
    </fieldset>
  );
}
