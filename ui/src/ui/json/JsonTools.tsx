import { useState } from "react";
import { exact } from "../../core/format";
import type { JsonSource } from "../../core/json/source";
import { Button } from "../Button";
import { CopyButton } from "../CopyButton";

/** Tools of a JSON tree: find, expand and collapse all, copy the selected value. */
export function JsonTools({ source, active, findText, onFindText, onReveal }: {
  source: JsonSource;
  active: number;
  findText: string;
  onFindText: (text: string) => void;
  onReveal: (node: number) => void;
}) {
  const [hits, setHits] = useState<{ text: string; nodes: number[]; at: number } | null>(null);
  const next = async (step: 1 | -1) => {
    const found = hits?.text === findText ? hits : { text: findText, nodes: await source.find(findText), at: step === 1 ? -1 : 0 };
    const at = (found.at + step + found.nodes.length) % Math.max(found.nodes.length, 1);
    setHits({ ...found, at });
    const node = found.nodes[at];
    if (node !== undefined) onReveal(node);
  };
  const node = source.row(active)?.node ?? 0;
  return (
    <form className="json-tools" role="search" onSubmit={(event) => { event.preventDefault(); void next(1); }}>
      <input className="input" aria-label="Find in this JSON" placeholder="Find" value={findText} onChange={(event) => onFindText(event.target.value)} />
      <Button small type="submit" disabled={!findText}>Next</Button>
      <Button small onClick={() => void next(-1)} disabled={!findText}>Previous</Button>
      {hits && hits.text === findText && (
        <span className="meta" role="status">{hits.nodes.length === 0 ? "nothing" : `${exact(hits.at + 1)} of ${exact(hits.nodes.length)}`}</span>
      )}
      <span className="grow" />
      <Button small look="plain" onClick={() => void source.setAllOpen(true)}>Expand all</Button>
      <Button small look="plain" onClick={() => void source.setAllOpen(false)}>Collapse all</Button>
      <CopyButton text={() => source.path(node)} label="Copy the path of the selected value">Path</CopyButton>
      <CopyButton text={() => source.value(node)} label="Copy the selected value">Value</CopyButton>
    </form>
  );
}
