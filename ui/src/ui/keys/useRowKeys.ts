import type { RefObject } from "react";
import { useHotkeys } from "./hotkeys";

/** `j` and `k` move the focus between the links marked `data-row`; while one has the focus, arrow keys do so, too, and `x` checks the box of its row. */
export function useRowKeys(container: RefObject<HTMLElement | null>, enabled = true): void {
  const rows = () => [...(container.current?.querySelectorAll<HTMLElement>("[data-row]") ?? [])];
  const focused = () => rows().findIndex((row) => row === document.activeElement || row.closest("tr, li")?.contains(document.activeElement));
  const focus = (at: number) => {
    const all = rows();
    all[Math.min(Math.max(at, 0), all.length - 1)]?.focus();
  };
  const ifInside = (run: () => void) => (event: KeyboardEvent) => {
    if (container.current?.contains(document.activeElement)) run();
    else scrollAsUsual(event.key);
  };
  useHotkeys({
    j: () => focus(focused() + 1),
    k: () => focus(focused() < 0 ? 0 : focused() - 1),
    ArrowDown: ifInside(() => focus(focused() + 1)),
    ArrowUp: ifInside(() => focus(focused() - 1)),
    Home: ifInside(() => focus(0)),
    End: ifInside(() => focus(rows().length - 1)),
    x: () => rows()[focused()]?.closest("tr, li")?.querySelector<HTMLInputElement>("input[type=checkbox]")?.click(),
  }, enabled);
}

/** Scrolls the page as the browser would, for keys outside of the list. */
function scrollAsUsual(key: string): void {
  const main = document.getElementById("main");
  if (key === "Home") main?.scrollTo({ top: 0 });
  else if (key === "End") main?.scrollTo({ top: main.scrollHeight });
  else main?.scrollBy({ top: key === "ArrowDown" ? 40 : -40 });
}
