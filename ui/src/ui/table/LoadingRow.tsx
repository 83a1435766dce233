import type { CSSProperties } from "react";

/** A row of a grid that is still loading. */
export function LoadingRow({ index, style }: { index: number; style: CSSProperties }) {
  return (
    <div role="row" aria-rowindex={index + 2} aria-busy className="grid-row" style={style}>
      <div role="gridcell" className="grid-cell loading"><span className="bone" style={{ width: `${30 + ((index * 37) % 50)}%` }} /><span className="visually-hidden">Loading</span></div>
    </div>
  );
}
