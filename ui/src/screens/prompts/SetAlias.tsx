import { useId, useState } from "react";
import { aliasedVersion, aliasProblem, type StoredPrompt } from "../../core/prompt/storedPrompt";
import { visible } from "../../core/text";
import { toast } from "../../core/toastQueue";
import { useChangePrompt } from "../../net/changePrompt";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";

const COMMON_ALIASES = ["production", "staging", "champion"];

/** Sets an alias of a version. If it points to another version, the dialog says so before it is moved. */
export function SetAlias({ prompt, version, onClose }: { prompt: StoredPrompt; version: number; onClose: () => void }) {
  const { name } = prompt;
  const id = useId();
  const [typed, setTyped] = useState("");
  const alias = typed.trim();
  const { mutate, error, isPending } = useChangePrompt({ quiet: true });
  const undo = useChangePrompt();
  const before = aliasedVersion(prompt, alias);
  const problem = alias === "" ? null : (aliasProblem(alias) ?? (before === version ? `“${alias}” points to this version already.` : null));
  const isMove = before !== null && before !== version;
  const known = [...new Set([...(prompt.aliases ?? []).map((one) => one.alias), ...COMMON_ALIASES])];
  const set = () => {
    if (alias === "" || problem || isPending) return;
    mutate({ kind: "set alias", name, alias, version }, {
      onSuccess: () => {
        onClose();
        toast(`${alias} now points to version ${version}`, {
          undo: () => undo.mutate(before === null ? { kind: "delete alias", name, alias } : { kind: "set alias", name, alias, version: before }),
        });
      },
    });
  };
  return (
    <Dialog
      title={`Alias of version ${version}`}
      onClose={onClose}
      foot={<><Button onClick={onClose}>Cancel</Button><Button look="primary" disabled={alias === "" || problem !== null || isPending} onClick={set}>{isMove ? `Move from version ${before}` : "Set the alias"}</Button></>}
    >
      <form className="field" onSubmit={(event) => { event.preventDefault(); set(); }}>
        <label htmlFor={id}>Alias</label>
        <input
          id={id} className="input" list={`${id}known`} autoComplete="off" spellCheck={false} maxLength={255} placeholder="production" value={typed}
          aria-invalid={problem !== null} aria-describedby={`${id}help`} onChange={(event) => setTyped(event.target.value)}
        />
        <datalist id={`${id}known`}>{known.map((one) => <option key={one} value={one} />)}</datalist>
        <div id={`${id}help`} aria-live="polite">
          {problem ? <p className="error-text">{problem}</p>
            : isMove ? <p className="warn-text"><b>{visible(alias)}</b> points to version {before}. Code that loads <code>prompts:/{visible(name)}@{visible(alias)}</code> will get version {version} instead.</p>
            : <p className="meta">Code loads it as <code>prompts:/{visible(name)}@{visible(alias || "production")}</code>.</p>}
        </div>
        {error && <p className="error-text" role="alert">{error.message}</p>}
      </form>
    </Dialog>
  );
}
