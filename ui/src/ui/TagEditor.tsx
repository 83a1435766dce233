import { Trash2 } from "lucide-react";
import { useState } from "react";
import { visible } from "../core/text";
import { Button, IconButton } from "./Button";
import "./tags.css";

/** An editor of tags. The callbacks return whether the change was saved. */
export function TagEditor({ tags, onSet, onDelete }: {
  tags: [string, string][];
  onSet: (key: string, value: string) => Promise<boolean>;
  onDelete: (key: string) => Promise<boolean>;
}) {
  const [key, setKey] = useState("");
  const [value, setValue] = useState("");
  const add = async () => {
    if (!key.trim() || !(await onSet(key.trim(), value))) return;
    setKey("");
    setValue("");
  };
  return (
    <div className="stack">
      {tags.length === 0 && <p className="muted">No tags yet.</p>}
      {tags.map(([name, now]) => (
        <div className="row" key={name}>
          <span className="tag-name ellipsis mono" title={visible(name)}>{visible(name)}</span>
          {/* A value that changes elsewhere resets the field. */}
          <input
            key={now}
            className="input"
            aria-label={`Value of ${name}`}
            defaultValue={now}
            onBlur={(event) => { if (event.target.value !== now) void onSet(name, event.target.value); }}
            onKeyDown={(event) => { if (event.key === "Enter") event.currentTarget.blur(); }}
          />
          <IconButton look="plain" label={`Delete the tag ${name}`} icon={<Trash2 aria-hidden />} onClick={() => void onDelete(name)} />
        </div>
      ))}
      <form className="row" onSubmit={(event) => { event.preventDefault(); void add(); }}>
        <input className="input tag-name mono" aria-label="New tag" placeholder="New tag" value={key} onChange={(event) => setKey(event.target.value)} />
        <input className="input" aria-label="Value" placeholder="Value" value={value} onChange={(event) => setValue(event.target.value)} />
        <Button type="submit" disabled={!key.trim()}>Add</Button>
      </form>
    </div>
  );
}
