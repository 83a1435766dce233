import { Plus, X } from "lucide-react";
import { useState } from "react";
import { useMutation } from "@tanstack/react-query";
import { shorten, visible } from "../../core/text";
import { mlflow } from "../../net/api";
import { queryClient } from "../../net/queryClient";
import { Button, IconButton } from "../Button";
import { spanTreeKey } from "./useTrace";
import "../tags.css";

/** The tags of a trace, editable in place. */
export function Tags({ traceId, tags, fixed }: { traceId: string; tags: Record<string, string>; fixed?: boolean }) {
  const [editing, setEditing] = useState<string | null>(null);
  const path = `3.0/mlflow/traces/${encodeURIComponent(traceId)}/tags`;
  const done = () => queryClient.invalidateQueries({ queryKey: spanTreeKey(traceId) });
  const set = useMutation({ mutationFn: ({ key, value }: { key: string; value: string }) => mlflow(path, { key, value }, "PATCH"), onSuccess: done });
  const remove = useMutation({ mutationFn: (key: string) => mlflow(path, { key }, "DELETE"), onSuccess: done });
  const save = (key: string, value: string) => {
    if (key) set.mutate({ key, value });
    setEditing(null);
  };
  return (
    <span className="tags">
      {Object.entries(tags).map(([key, value]) =>
        editing === key ? (
          <TagForm key={key} name={key} value={value} onSave={save} onCancel={() => setEditing(null)} />
        ) : (
          <span key={key} className="tag" title={visible(`${key}: ${value}`)}>
            <button type="button" className="link ellipsis" disabled={fixed} onClick={() => setEditing(key)} aria-label={`Change the tag ${visible(key)}`}>
              {shorten(visible(key), 40)}: {shorten(visible(value), 40)}
            </button>
            {!fixed && <IconButton look="plain" small label={`Remove the tag ${visible(key)}`} icon={<X aria-hidden />} onClick={() => remove.mutate(key)} />}
          </span>
        ),
      )}
      {!fixed && editing !== "" && <Button small look="plain" onClick={() => setEditing("")}><Plus aria-hidden /> Tag</Button>}
      {editing === "" && <TagForm name="" value="" onSave={save} onCancel={() => setEditing(null)} />}
    </span>
  );
}

function TagForm({ name, value, onSave, onCancel }: { name: string; value: string; onSave: (key: string, value: string) => void; onCancel: () => void }) {
  const [key, setKey] = useState(name);
  const [text, setText] = useState(value);
  return (
    <form
      className="row"
      style={{ gap: 4 }}
      onSubmit={(event) => { event.preventDefault(); onSave(key.trim(), text); }}
      onKeyDown={(event) => { if (event.key === "Escape") { event.stopPropagation(); onCancel(); } }}
    >
      <input className="input" style={{ width: 110, height: 24 }} aria-label="Tag’s name" placeholder="name" value={key} readOnly={name !== ""} autoFocus={name === ""} onChange={(event) => setKey(event.target.value)} />
      <input className="input" style={{ width: 140, height: 24 }} aria-label="Tag’s value" placeholder="value" value={text} autoFocus={name !== ""} onChange={(event) => setText(event.target.value)} />
      <Button small type="submit" disabled={!key.trim()}>Save</Button>
      <Button small look="plain" onClick={onCancel}>Cancel</Button>
    </form>
  );
}
