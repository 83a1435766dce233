import { useEffect, useRef, type KeyboardEvent, type PointerEvent, type ReactNode } from "react";
import { useStored } from "./browser/useStored";
import "./sidePane.css";

/** Width of the pane in percent. */
const SHARE = { initial: 50, min: 30, max: 95 };

/** A pane over the right part of its container, with an edge that resizes it. All panes have the same remembered width. */
export function SidePane({ label, full = false, children }: {
  label: string;
  /** Covers the whole container. */
  full?: boolean;
  children: ReactNode;
}) {
  const [kept, keep] = useStored("pane", SHARE.initial);
  const share = Math.min(Math.max(kept, SHARE.min), SHARE.max);
  const pane = useRef<HTMLElement>(null);
  const resize = (next: number) => keep(Math.round(Math.min(Math.max(next, SHARE.min), SHARE.max)));
  useEffect(() => {
    // Moves the focus of keyboard users into the pane.
    if (document.activeElement?.getAttribute("role") === "grid") pane.current?.focus();
  }, []);
  const onMove = (event: PointerEvent) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const whole = pane.current!.parentElement!.getBoundingClientRect();
    resize(((whole.right - event.clientX) / whole.width) * 100);
  };
  const onKey = (event: KeyboardEvent) => {
    const step = { ArrowLeft: 2, ArrowRight: -2 }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    resize(share + step);
  };
  return (
    <section className="side-pane" aria-label={label} ref={pane} tabIndex={-1} data-full={full} style={{ width: full ? "100%" : `${share}%` }}>
      <div
        className="side-pane-edge"
        role="separator"
        aria-orientation="vertical"
        aria-label={`Width of the ${label.toLowerCase()}`}
        aria-valuenow={share}
        aria-valuemin={SHARE.min}
        aria-valuemax={SHARE.max}
        tabIndex={0}
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={onMove}
        onKeyDown={onKey}
      />
      {children}
    </section>
  );
}
