import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useId, useRef, useState, useSyncExternalStore, type KeyboardEvent } from "react";
import type { JsonSource } from "../../core/json/source";
import { JsonLine } from "./JsonLine";
import { JsonTools } from "./JsonTools";
import "./json.css";

const LINE = 20;
const HEIGHT_MAX = 520;

/** JSON as a tree; only visible rows are rendered. */
export function JsonTree({ source, label, tools = false }: { source: JsonSource; label: string; tools?: boolean }) {
  const scroller = useRef<HTMLDivElement>(null);
  const id = useId();
  useSyncExternalStore(source.subscribe, () => source.version);
  const [chosenRow, setActive] = useState(0);
  const active = Math.min(chosenRow, source.count - 1);
  const [findText, setFindText] = useState("");
  const virtual = useVirtualizer({
    count: source.count,
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE,
    overscan: 8,
    // The active row is always rendered, as the tree refers to its id.
    rangeExtractor: (range) => {
      const mounted = defaultRangeExtractor(range);
      return mounted.includes(active) || active < 0 ? mounted : [...mounted, active].sort((a, b) => a - b);
    },
  });
  // Row heights are known only after rendering, so scrolling to a row takes several renders.
  const wanted = useRef<{ row: number; untilMs: number } | null>(null);
  useEffect(() => {
    if (!wanted.current || wanted.current.untilMs < performance.now()) return;
    document.getElementById(`${id}-${wanted.current.row}`)?.scrollIntoView({ block: "nearest" });
  });

  const choose = (row: number) => {
    const to = Math.max(0, Math.min(source.count - 1, row));
    wanted.current = { row: to, untilMs: performance.now() + 2000 };
    setActive(to);
  };
  const reveal = async (node: number) => choose(await source.reveal(node));
  const keys = (event: KeyboardEvent) => {
    // The browser's search finds only rendered rows, so Ctrl F opens the search of this tree.
    const field = (event.ctrlKey || event.metaKey) && event.key === "f" ? event.currentTarget.parentElement?.querySelector("input") : null;
    if (field) {
      event.preventDefault();
      event.stopPropagation();
      field.focus();
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const row = source.row(active);
    const isContainer = row !== null && 0 < row.children;
    const run = {
      ArrowDown: () => choose(active + 1),
      ArrowUp: () => choose(active - 1),
      Home: () => choose(0),
      End: () => choose(source.count - 1),
      PageDown: () => choose(active + 20),
      PageUp: () => choose(active - 20),
      ArrowRight: () => (isContainer && !row.open ? void source.setOpen(row.node, true) : choose(active + 1)),
      ArrowLeft: () => (isContainer && row.open ? void source.setOpen(row.node, false) : choose(parentRow(source, active))),
      Enter: () => { if (isContainer) void source.setOpen(row.node, !row.open); },
    }[event.key];
    if (!run) return;
    event.preventDefault();
    event.stopPropagation();
    run();
  };

  return (
    <div className="json">
      {(tools || 60 < source.count) && <JsonTools source={source} active={active} findText={findText} onFindText={setFindText} onReveal={(node) => void reveal(node)} />}
      <div
        className="json-rows"
        ref={scroller}
        role="tree"
        aria-label={label}
        aria-activedescendant={`${id}-${active}`}
        tabIndex={0}
        onKeyDown={keys}
        onWheel={() => { wanted.current = null; }}
        style={{ maxHeight: HEIGHT_MAX }}
      >
        <div role="presentation" style={{ height: virtual.getTotalSize(), position: "relative" }}>
          {virtual.getVirtualItems().map((item) => {
            const row = source.row(item.index);
            return (
            <div
              key={item.key}
              role="presentation"
              ref={virtual.measureElement}
              data-index={item.index}
              className="json-place"
              style={{ transform: `translateY(${item.start}px)` }}
            >
              <JsonLine
                key={row?.node}
                row={row}
                id={`${id}-${item.index}`}
                active={item.index === active}
                findText={findText || null}
                onChoose={() => setActive(item.index)}
                onOpen={(node, open) => void source.setOpen(node, open)}
                source={source}
              />
            </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

function parentRow(source: JsonSource, at: number): number {
  const depth = source.row(at)?.depth ?? 0;
  for (let row = at - 1; 0 <= row; row--) {
    const other = source.row(row);
    if (!other || other.depth < depth) return row;
  }
  return 0;
}
