import { X } from "lucide-react";
import { useEffect, useRef } from "react";
import { exact } from "../../../core/format";
import { shorten, visible } from "../../../core/text";
import { nameOf, typeOf } from "../../../core/trace/spanTree";
import { Button, IconButton } from "../../Button";
import { Glyph } from "../../Glyph";
import type { TraceModel } from "../useTrace";
import type { Find } from "./useFind";
import "./find.css";

/** The search field of a trace, and its hits. */
export function FindBar({ find, model }: { find: Find; model: TraceModel }) {
  const field = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => {
    if (find.byUser) field.current?.focus();
    // Runs only when the search opens.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);
  useEffect(() => {
    list.current?.children[find.at]?.scrollIntoView({ block: "nearest" });
  }, [find.at]);
  const { tree } = model;
  return (
    <div className="find" role="search" aria-label="Find in the trace">
      <form className="row" onSubmit={(event) => { event.preventDefault(); find.step(1); }}>
        <input
          ref={field}
          className="input"
          type="search"
          aria-label="Find in the trace"
          placeholder="Find in names, inputs, outputs, attributes, events"
          defaultValue={find.text}
          onChange={(event) => find.setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== "Escape") return;
            event.preventDefault();
            event.stopPropagation();
            // The first Esc leaves the field; the second one closes the search.
            if (find.text) event.currentTarget.blur();
            else find.setOpen(false);
          }}
        />
        <span className="meta find-count" role="status">
          {find.error ? "" : find.text === "" ? "" : find.loading && find.hits.length === 0 ? "…" : find.hits.length === 0 ? "no matches" : `${find.at < 0 ? "" : `${exact(find.at + 1)} of `}${exact(find.hits.length)}${find.complete ? "" : "+"}`}
        </span>
        <Button small type="submit" disabled={find.hits.length === 0} title="n">Next</Button>
        <Button small disabled={find.hits.length === 0} title="N" onClick={() => find.step(-1)}>Previous</Button>
        <IconButton small look="plain" label="Close find" icon={<X aria-hidden />} onClick={() => find.setOpen(false)} />
      </form>
      {find.error instanceof Error && <p className="error-text" role="alert">{find.error.message}</p>}
      {0 < find.hits.length && (
        <ul className="find-hits" ref={list} aria-label="Matches">
          {find.hits.map((hit, at) => {
            const span = tree.indexOf.get(hit.span_id);
            return (
              <li key={at}>
                <button type="button" className="find-hit" aria-current={at === find.at} onClick={() => find.go(at)}>
                  {span !== undefined && <Glyph type={typeOf(tree, span)} />}
                  <span className="find-where">{span === undefined ? hit.span_id : shorten(visible(nameOf(tree, span)), 40)} <span className="muted">{shorten(visible(hit.field), 40)}</span></span>
                  <span className="ellipsis mono">{visible(hit.before.slice(-40))}<mark>{visible(hit.match)}</mark>{visible(hit.after)}</span>
                </button>
              </li>
            );
          })}
        </ul>
      )}
    </div>
  );
}
