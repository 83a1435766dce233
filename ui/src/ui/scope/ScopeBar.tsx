import { ChevronLeft, ChevronRight, ZoomOut } from "lucide-react";
import { type ReactNode, useRef } from "react";
import { useHotkeys } from "../keys/hotkeys";
import { ALL } from "../../core/timeRange";
import { IconButton } from "../Button";
import { FilterLine } from "../filter/FilterLine";
import { TimeRange } from "../TimeRange";
import { filterErrorOf } from "../filter/filterError";
import type { ScopeState } from "./useScope";
import "./scope-bar.css";

/** The bar with the time range and filter of a screen, and further controls. */
export function ScopeBar({ state, error, children }: { state: ScopeState; error: unknown; children?: ReactNode }) {
  const { range } = state;
  const input = useRef<HTMLInputElement>(null);
  useHotkeys({ "/": () => input.current?.focus() });
  return (
    <div className="scope-bar">
      <div className="row scope-time">
        <TimeRange value={range.text} onChange={range.set} />
        {range.text.from !== ALL && (
          <div className="segmented" role="group" aria-label="Move the time range">
            <IconButton label="Earlier ( [ )" icon={<ChevronLeft aria-hidden />} onClick={() => range.shift(-1)} />
            <IconButton label="Zoom out ( z )" icon={<ZoomOut aria-hidden />} onClick={() => range.zoomOut()} />
            <IconButton label="Later ( ] )" icon={<ChevronRight aria-hidden />} onClick={() => range.shift(1)} />
          </div>
        )}
      </div>
      <FilterLine scope={state.scope} filterError={filterErrorOf(error)} onCommit={state.setQ} inputRef={input} />
      {children}
    </div>
  );
}
