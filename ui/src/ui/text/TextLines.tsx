import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef, useState } from "react";
import { bytes, exact } from "../../core/format";
import { lines } from "../../core/lines";
import { Button } from "../Button";
import { CopyButton } from "../CopyButton";
import { PlainText } from "./PlainText";
import { FindContext } from "./findContext";

const LINE = 18;

/** Large text; only visible lines are rendered. */
export function TextLines({ text }: { text: string }) {
  const scroller = useRef<HTMLDivElement>(null);
  const cut = useMemo(() => lines(text, 160), [text]);
  const [wanted, setWanted] = useState("");
  const [hit, setHit] = useState<number | null>(null);
  const virtual = useVirtualizer({ count: cut.count, getScrollElement: () => scroller.current, estimateSize: () => LINE, overscan: 10 });
  const findNext = () => {
    const lower = wanted.toLowerCase();
    if (!lower) return;
    for (let step = 1; step <= cut.count; step++) {
      const at = ((hit ?? -1) + step) % cut.count;
      if (!cut.line(at).toLowerCase().includes(lower)) continue;
      setHit(at);
      virtual.scrollToIndex(at, { align: "center" });
      return;
    }
    setHit(null);
  };
  return (
    <div className="text-lines">
      <form className="row" onSubmit={(event) => { event.preventDefault(); findNext(); }}>
        <span className="meta">{bytes(text.length)}, shown as plain text</span>
        <span className="grow" />
        <input className="input" style={{ width: 160 }} aria-label="Find in this text" placeholder="Find in this text" value={wanted} onChange={(event) => setWanted(event.target.value)} />
        <Button small type="submit">Next</Button>
        <CopyButton text={text} label="Copy the text" />
      </form>
      <div className="text-lines-rows" ref={scroller} tabIndex={0} role="region" aria-label={`Text, ${exact(cut.count)} lines`} style={{ height: Math.min(cut.count * LINE + 8, 480) }}>
        <FindContext value={wanted || null}>
          <div style={{ height: virtual.getTotalSize(), position: "relative" }}>
            {virtual.getVirtualItems().map((item) => (
              <div key={item.key} className="text-line" style={{ transform: `translateY(${item.start}px)` }}>
                <PlainText text={cut.line(item.index)} />
              </div>
            ))}
          </div>
        </FindContext>
      </div>
    </div>
  );
}
