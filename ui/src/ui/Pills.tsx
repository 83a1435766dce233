import type { ReactNode } from "react";

/** Small labels in a row. Items beyond `max` are shown as their number, with their texts on hover. */
export function Pills<T>({ items, max = 2, keyOf, textOf, children }: {
  items: readonly T[];
  max?: number;
  keyOf: (item: T) => string;
  /** The text of an item that is not shown. */
  textOf: (item: T) => string;
  children: (item: T) => ReactNode;
}) {
  const rest = items.slice(max);
  return (
    <span className="pills">
      {items.slice(0, max).map((item) => <span key={keyOf(item)} className="pill">{children(item)}</span>)}
      {rest.length > 0 && (
        <span className="meta pills-rest" title={rest.map(textOf).join("\n")}>
          +{rest.length}<span className="visually-hidden">: {rest.map(textOf).join(", ")}</span>
        </span>
      )}
    </span>
  );
}
