import { useEffect, useRef, useState, type ReactNode } from "react";
import { Button } from "../Button";

const HEIGHT_MAX = 260;

/** Shows only the beginning of long content, with a button for the rest. */
export function Clamp({ children }: { children: ReactNode }) {
  const box = useRef<HTMLDivElement>(null);
  const [all, setAll] = useState(false);
  const [long, setLong] = useState(false);
  useEffect(() => {
    if (!box.current) return;
    const observer = new ResizeObserver(() => setLong(HEIGHT_MAX + 40 < (box.current?.scrollHeight ?? 0)));
    for (const child of box.current.children) observer.observe(child);
    return () => observer.disconnect();
  }, []);
  return (
    <div className={long && !all ? "clamp cut" : "clamp"} ref={box}>
      <div className="clamp">{children}</div>
      {long && !all && <div className="clamp-more"><Button small onClick={() => setAll(true)}>Show full text</Button></div>}
    </div>
  );
}
