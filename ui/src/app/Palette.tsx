import { useNavigate } from "@tanstack/react-router";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useId, useRef, useState, type KeyboardEvent } from "react";
import { bestMatches } from "../core/match";
import { useExperiments } from "../net/experiments";
import { useSignOut } from "../net/session";
import { useTraceRows } from "../net/traceRows";
import { Dialog } from "../ui/Dialog";
import "./palette.css";
import type { PaletteEntry } from "./paletteEntries";
import { recentTraces } from "./recentTraces";
import { useUtc } from "../ui/browser/timeZone";

const EXPERIMENTS_MAX = 20;

export const loadEntries = () => import("./paletteEntries");

/** The command palette: pages and actions, found by typing. Its field is shown at once; its entries may still have to load. */
export function Palette({ experiment, onHelp, onClose }: { experiment: string | null; onHelp: () => void; onClose: () => void }) {
  const [typed, setTyped] = useState("");
  const [chosen, setChosen] = useState(0);
  const [recent] = useState(recentTraces);
  const navigate = useNavigate();
  const { data: source, isError, refetch } = useQuery({ queryKey: ["palette"], queryFn: loadEntries, staleTime: Infinity, meta: { quiet: true } });
  const { data } = useExperiments();
  const { data: rows } = useTraceRows(recent);
  const signOut = useSignOut();
  const utc = useUtc();
  const id = useId();
  const list = useRef<HTMLDivElement>(null);

  const context = {
    navigate, experiment, experiments: data?.experiments ?? [], recent: (rows ?? []).filter((row) => row !== null), utc, openHelp: onHelp, signOut,
  };
  const found = bestMatches(source?.standingEntries(context) ?? [], typed, ({ group, label }) => `${label} ${group}`);
  const { sure, maybe } = source?.typedEntries(typed, context) ?? { sure: [], maybe: [] };
  const entries = [...sure, ...groupEntries(withFewExperiments(found)), ...maybe];
  const at = Math.min(chosen, Math.max(entries.length - 1, 0));

  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [at]);
  const run = (entry: PaletteEntry | undefined) => {
    if (!entry) return;
    onClose();
    entry.run();
  };
  // Enter may be pressed before the entries are loaded.
  const [entered, setEntered] = useState(false);
  useEffect(() => {
    if (entered && source) run(entries[at]);
    // Runs once, with the text typed so far.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [entered, source]);
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
    if (step) {
      event.preventDefault();
      const wrap = Math.abs(step) === 1 ? (at + step + entries.length) % entries.length : Math.min(Math.max(at + step, 0), entries.length - 1);
      setChosen(wrap || 0);
    } else if (event.key === "Enter" && !event.nativeEvent.isComposing) {
      event.preventDefault();
      if (source) run(entries[at]);
      else setEntered(true);
    }
  };
  return (
    <Dialog title="Search or jump to" onClose={onClose}>
      <input
        className="input"
        role="combobox"
        aria-label="Search or jump to"
        aria-expanded
        aria-controls={`${id}-list`}
        aria-activedescendant={entries.length > 0 ? `${id}-${at}` : undefined}
        aria-autocomplete="list"
        autoComplete="off"
        spellCheck={false}
        placeholder="Search pages, experiments and actions, or paste a trace id"
        value={typed}
        onChange={(event) => { setTyped(event.target.value); setChosen(0); }}
        onKeyDown={onKeyDown}
      />
      <div className="palette" role="listbox" id={`${id}-list`} aria-label="Results" ref={list}>
        {entries.map((entry, index) => (
          <div key={entry.id} role="presentation">
            {entry.group !== entries[index - 1]?.group && <div className="menu-label" role="presentation">{entry.group}</div>}
            <div
              role="option"
              id={`${id}-${index}`}
              aria-selected={index === at}
              className="menu-item"
              onClick={() => run(entry)}
              onPointerMove={() => index !== at && setChosen(index)}
            >
              <span className="ellipsis">{entry.label}</span>
              {entry.hint && <span className="end mono">{entry.hint}</span>}
            </div>
          </div>
        ))}
      </div>
      {isError ? <p className="error-text" role="alert">Could not load the list. <button type="button" className="button small" onClick={() => void refetch()}>Try again</button></p>
        : !source ? <p className="muted" role="status">Loading…</p>
        : entries.length === 0 && <p className="muted" role="status">No results.</p>}
    </Dialog>
  );
}

/** Keeps the entries of a group together; groups are in the order of their best entries. */
function groupEntries(entries: PaletteEntry[]): PaletteEntry[] {
  const groups = [...new Set(entries.map(({ group }) => group))];
  return groups.flatMap((group) => entries.filter((entry) => entry.group === group));
}

/** Leaves out all but the best experiments, as there may be many; typing finds the others. */
function withFewExperiments(entries: PaletteEntry[]): PaletteEntry[] {
  const shown = new Set(entries.filter(({ group }) => group === "Experiments").slice(0, EXPERIMENTS_MAX));
  return entries.filter((entry) => entry.group !== "Experiments" || shown.has(entry));
}
