import type { ReactNode } from "react";

/** The title of a sortable column. `sort` is the current order: the name of a column, with `-` before it if descending. */
export function SortHeader({ column, sort, onSort, number = false, largestFirst = number, className = "", hint, children }: {
  column: string;
  sort: string;
  onSort: (sort: string) => void;
  number?: boolean;
  /** The first click sorts in descending order. */
  largestFirst?: boolean;
  className?: string;
  hint?: string;
  children: ReactNode;
}) {
  const [first, second] = largestFirst ? [`-${column}`, column] : [column, `-${column}`];
  const by = sort === column ? "ascending" : sort === `-${column}` ? "descending" : "none";
  return (
    <th scope="col" className={`${number ? "num " : ""}${className}`} aria-sort={by} title={hint}>
      <button type="button" className="sort" onClick={() => onSort(sort === first ? second : first)}>
        {children}
        <span aria-hidden>{by === "ascending" ? " ↑" : by === "descending" ? " ↓" : ""}</span>
      </button>
    </th>
  );
}
