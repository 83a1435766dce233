import { Ellipsis, Plus } from "lucide-react";
import { useState } from "react";
import { loadCode } from "../../core/prompt/promptCode";
import type { PromptVersion } from "../../core/prompt/promptVersion";
import { aliasesOf, type StoredPrompt } from "../../core/prompt/storedPrompt";
import { shorten, visible } from "../../core/text";
import { useUrl } from "../../ui/address/useUrl";
import { Button, IconButton } from "../../ui/Button";
import { copyText } from "../../ui/CopyButton";
import { Menu } from "../../ui/Menu";
import { Time } from "../../ui/Time";
import { DeleteAlias } from "./DeleteAlias";
import { DeletePromptVersion } from "./DeletePromptVersion";
import { SetAlias } from "./SetAlias";

type Opened = { kind: "set alias" } | { kind: "delete alias"; alias: string } | { kind: "delete" };

/** Number, aliases, commit message and actions of a version. */
export function PromptVersionHead({ prompt, version, versions, compared, onCompare, onDeleted }: {
  prompt: StoredPrompt;
  version: PromptVersion;
  versions: PromptVersion[];
  compared: number | null;
  onCompare: (version: number | null) => void;
  onDeleted: () => void;
}) {
  const [, change] = useUrl();
  const [dialog, setDialog] = useState<Opened | null>(null);
  const close = () => setDialog(null);
  const number = version.version;
  const others = versions.map((one) => one.version).filter((other) => other !== number);
  // A version that the list has not loaded can be compared by its address.
  const choices = compared !== null && compared !== number && !others.includes(compared) ? [...others, compared] : others;
  return (
    <div className="stack-tight">
      <div className="row wrap">
        <h2 id="version">Version {number}</h2>
        {aliasesOf(prompt, number).map((alias) => (
          <Menu
            key={alias}
            label={`Alias ${visible(alias)}`}
            trigger={<button type="button" className="badge accent alias" aria-label={`Alias ${visible(alias)}`}><span className="ellipsis">{visible(alias)}</span></button>}
            items={[
              { label: "Copy Python line", run: () => void copyText(loadCode(prompt.name, alias)) },
              null,
              { label: "Delete the alias…", danger: true, run: () => setDialog({ kind: "delete alias", alias }) },
            ]}
          />
        ))}
        <Button small look="plain" onClick={() => setDialog({ kind: "set alias" })}><Plus aria-hidden /> Alias</Button>
        <span className="grow" />
        {choices.length > 0 && (
          <select className="select" aria-label="Show the changes since" value={compared ?? ""} onChange={(event) => onCompare(Number(event.target.value) || null)}>
            <option value="">Changes since …</option>
            {choices.map((other) => <option key={other} value={other}>Changes since version {other}</option>)}
          </select>
        )}
        <Button look="primary" title="Begin a new version with this one (e)" onClick={() => change({ edit: "1" })}>New version</Button>
        <Menu
          label="Actions for the version"
          align="end"
          trigger={<IconButton label="Actions for the version" icon={<Ellipsis aria-hidden />} />}
          items={[
            { label: "Copy Python line", run: () => void copyText(loadCode(prompt.name, number)) },
            { label: "Copy URI", run: () => void copyText(`prompts:/${prompt.name}/${number}`) },
            null,
            { label: "Delete the version…", danger: true, run: () => setDialog({ kind: "delete" }) },
          ]}
        />
      </div>
      {version.commitMessage && <p className="prompt-description">{visible(version.commitMessage)}</p>}
      <p className="meta">{version.author && <>{shorten(visible(version.author), 100)} · </>}<Time ms={version.createdMs} /></p>
      {dialog?.kind === "set alias" && <SetAlias prompt={prompt} version={number} onClose={close} />}
      {dialog?.kind === "delete alias" && <DeleteAlias name={prompt.name} version={number} alias={dialog.alias} onClose={close} />}
      {dialog?.kind === "delete" && <DeletePromptVersion prompt={prompt} version={number} onDeleted={() => { close(); onDeleted(); }} onClose={close} />}
    </div>
  );
}
