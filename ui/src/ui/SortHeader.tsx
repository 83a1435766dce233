import type { ReactNode } from "react";

/** The head of a column that sorts: `sort` is its name, or `-` and its name. Numbers begin with the largest. */
export function SortHeader({ column, sort, onSort, number = false, className = "", children }: {
  column: string;
  sort: string;
  onSort: (sort: string) => void;
  number?: boolean;
  className?: string;
  children: ReactNode;
}) {
  const [first, second] = number ? [`-${column}`, column] : [column, `-${column}`];
  const by = sort === column ? "ascending" : sort === `-${column}` ? "descending" : "none";
  return (
    <th scope="col" className={`${number ? "num " : ""}${className}`} aria-sort={by}>
      <button type="button" className="sort" onClick={() => onSort(sort === first ? second : first)}>
        {children}
        <span aria-hidden>{by === "ascending" ? " ↑" : by === "descending" ? " ↓" : ""}</span>
      </button>
    </th>
  );
}
