import { type ReactNode, useRef } from "react";
import { useHotkeys } from "../../app/hotkeys";
import { FilterLine } from "../../ui/filter/FilterLine";
import { TimeRange } from "../../ui/TimeRange";
import { refusedFilter } from "./refused";
import type { ScopeState } from "./useScope";
import "./scope-bar.css";

/** Time and filter of a screen of figures, and what else it is asked for. */
export function ScopeBar({ state, error, children }: { state: ScopeState; error: unknown; children?: ReactNode }) {
  const input = useRef<HTMLInputElement>(null);
  useHotkeys({ "/": () => input.current?.focus() });
  return (
    <div className="scope-bar">
      <TimeRange value={state.range.text} onChange={state.range.set} />
      <FilterLine scope={state.scope} refused={refusedFilter(error)} onCommit={state.setQ} inputRef={input} />
      {children}
    </div>
  );
}
