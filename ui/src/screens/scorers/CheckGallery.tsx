import { useRef } from "react";
import type { CheckType } from "../../core/scorer/checkType";
import { useRowKeys } from "../../ui/keys/useRowKeys";

/** The types of checks to choose from. */
export function CheckGallery({ types, onChoose }: { types: CheckType[]; onChoose: (type: CheckType) => void }) {
  const list = useRef<HTMLUListElement>(null);
  useRowKeys(list);
  return (
    <ul className="scorer-gallery" ref={list} aria-label="Types of checks">
      {types.map((type) => (
        <li key={type.name}>
          <button type="button" className="card" data-row onClick={() => onChoose(type)}>
            <b>{type.title}</b>
            <span className="muted">{type.description}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
