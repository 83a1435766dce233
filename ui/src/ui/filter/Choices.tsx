import { useEffect, useRef } from "react";
import { Glyph } from "../Glyph";
import type { Completion } from "./useCompletion";

/** Completion choices of a filter. */
export function Choices({ id, completion, active, onChoose }: {
  id: string;
  completion: Completion;
  active: number;
  onChoose: (at: number) => void;
}) {
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }, [active]);
  const { expected, choices } = completion;
  const types = expected.what === "value" && expected.field === "span.type";
  return (
    <div className="filter-choices">
      <ul id={`${id}list`} role="listbox" aria-label="Suggestions" ref={list}>
        {choices.map((choice, at) => (
          <li
            key={at}
            id={`${id}${at}`}
            role="option"
            aria-selected={at === active}
            // The focus stays in the input.
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => onChoose(at)}
          >
            {types && <Glyph type={choice.text.slice(1, -1)} />}
            <span className="mono ellipsis">{choice.label ?? choice.text}</span>
            <span className="note ellipsis">{choice.note}</span>
          </li>
        ))}
      </ul>
      <p className="meta">Tab completes · Enter applies · the language of <code>mlflow.search_traces</code>, extended</p>
    </div>
  );
}
