import { useState } from "react";
import { bytes, count } from "../../core/format";
import type { JsonSource } from "../../core/json/source";
import type { JsonRow } from "../../core/json/view";
import { PlainText } from "../text/PlainText";
import { FindContext, useFindText } from "../text/findContext";
import { TextLines } from "../text/TextLines";

/** One value of a JSON text. */
export function JsonLine({ row, id, active, findText, onChoose, onOpen, source }: {
  row: JsonRow | null;
  id: string;
  active: boolean;
  findText: string | null;
  onChoose: () => void;
  onOpen: (node: number, open: boolean) => void;
  source: JsonSource;
}) {
  const wide = useFindText();
  const [whole, setWhole] = useState<string | null>(null);
  if (!row) return <div className="json-line muted">…</div>;
  const isContainer = 0 < row.children;
  const [begin, end] = row.kind === "array" ? ["[", "]"] : ["{", "}"];
  return (
    <div
      id={id}
      role="treeitem"
      aria-level={row.depth + 1}
      aria-selected={active}
      aria-expanded={isContainer ? row.open : undefined}
      className={active ? "json-line active" : "json-line"}
      style={{ paddingLeft: 4 + Math.min(row.depth, 40) * 14 }}
      onClick={onChoose}
    >
      <FindContext value={findText ?? wide}>
        <span className="twist" onClick={() => { if (isContainer) onOpen(row.node, !row.open); }}>{isContainer ? (row.open ? "▾" : "▸") : ""}</span>
        {row.key !== null && (
          <>
            <span className={typeof row.key === "number" ? "json-place-name" : "json-key"}><PlainText text={String(row.key)} /></span>
            <span className="muted">: </span>
          </>
        )}
        {isContainer && row.open ? (
          <span className="muted">{begin} {count(row.children)} {end}</span>
        ) : row.kind === "string" ? (
          <span className="json-string">"<PlainText text={row.shown} />{row.more === 0 && '"'}</span>
        ) : (
          <span className={isContainer ? "muted" : `json-${row.kind}`}><PlainText text={row.shown} /></span>
        )}
        {0 < row.more && (
          <button type="button" className="link" onClick={() => void source.value(row.node).then((text) => setWhole(whole === null ? text : null))}>
            … {bytes(row.more)} {whole === null ? "more" : "shown below"}
          </button>
        )}
        {whole !== null && <TextLines text={whole} />}
      </FindContext>
    </div>
  );
}
