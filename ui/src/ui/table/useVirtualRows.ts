import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, type RefObject } from "react";
import type { RowList } from "../../core/pageList";

/** Number of rows that are rendered before and after the visible ones. */
const OVERSCAN = 3;

/** The visible rows of a list. It loads their pages, and scrolls to the row that the cursor moves to. */
export function useVirtualRows<T>({ list, count, rowHeight, isNarrow, scrollTop = 0, scroller, cursor: { index: at, moves } }: {
  list: Pick<RowList<T>, "need" | "version">;
  /** Number of rows, with one for those not loaded yet. */
  count: number;
  rowHeight: number;
  /** On a narrow screen, the table has no visible titles. */
  isNarrow: boolean;
  /** Initial scroll position in pixels. */
  scrollTop?: number;
  scroller: RefObject<HTMLDivElement | null>;
  cursor: { index: number; moves: number };
}) {
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: OVERSCAN,
    initialOffset: scrollTop,
    scrollPaddingStart: isNarrow ? 0 : 32,
  });
  const measured = useRef(rowHeight);
  useEffect(() => {
    if (measured.current !== rowHeight) virtual.measure();
    measured.current = rowHeight;
  }, [rowHeight, virtual]);
  const items = virtual.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    list.need(first, last);
  }, [list, list.version, first, last]);

  const followed = useRef(0);
  useEffect(() => {
    // Scrolls only when the cursor moves, not when the list grows or the pointer moves.
    if (moves === followed.current) return;
    followed.current = moves;
    if (0 <= at) virtual.scrollToIndex(at, { align: "auto" });
  }, [at, moves, virtual]);
  return { items, height: virtual.getTotalSize() };
}
