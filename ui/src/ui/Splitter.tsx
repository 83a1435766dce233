import type { KeyboardEvent, PointerEvent } from "react";

/** A separator between two panels, moved by dragging or arrow keys. `share` is the share of the first panel, 0 to 1. */
export function Splitter({ label, share, onShare, min = 0.15, max = 0.85 }: {
  label: string;
  share: number;
  onShare: (share: number) => void;
  min?: number;
  max?: number;
}) {
  const set = (value: number) => onShare(Math.min(max, Math.max(min, value)));
  const drag = (event: PointerEvent<HTMLDivElement>) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const box = event.currentTarget.parentElement!.getBoundingClientRect();
    set((event.clientX - box.left) / box.width);
  };
  const move = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -0.02, ArrowRight: 0.02 }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    set(share + step);
  };
  return (
    <div
      className="splitter"
      role="separator"
      aria-orientation="vertical"
      aria-label={label}
      aria-valuenow={Math.round(share * 100)}
      aria-valuemin={Math.round(min * 100)}
      aria-valuemax={Math.round(max * 100)}
      tabIndex={0}
      onPointerDown={(event) => { event.preventDefault(); event.currentTarget.setPointerCapture(event.pointerId); }}
      onPointerMove={drag}
      onKeyDown={move}
    />
  );
}
