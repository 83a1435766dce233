import { useEffect, useRef, useState, type ReactNode } from "react";
import { bytes } from "../../core/format";
import { Button } from "../Button";
import { useFindText } from "./findContext";

const HEIGHT_MAX = 360;
/** Pixels; if no more than this is hidden, the content is shown whole. */
const SPARE = 60;

/** Content of which only the server has the rest. */
export interface TruncatedContent {
  bytes: number;
  href: string;
  fileName: string;
  onShow: () => void;
}

/** Shows only the beginning of long content, with a button for the rest. Images are shown whole, and all content is while a text is searched for. */
export function Clamp({ heightMax = HEIGHT_MAX, truncated, children }: { heightMax?: number; truncated?: TruncatedContent; children: ReactNode }) {
  const box = useRef<HTMLDivElement>(null);
  const [all, setAll] = useState(false);
  const [long, setLong] = useState(false);
  const searched = useFindText() !== null;
  useEffect(() => {
    const content = box.current;
    if (!content) return;
    const observer = new ResizeObserver(() => setLong(heightMax + SPARE < content.scrollHeight && !content.querySelector("img, video, .json")));
    observer.observe(content);
    return () => observer.disconnect();
  }, [heightMax]);
  const cut = long && !all && !searched;
  return (
    <div className="clamp">
      <div className={cut ? "clamp-content cut" : "clamp-content"} style={cut ? { maxHeight: heightMax } : undefined}>
        <div className="stack-tight" ref={box}>{children}</div>
      </div>
      {truncated ? (
        <div className="row wrap">
          <Button small onClick={truncated.onShow}>Show full text</Button>
          <a className="button small" href={truncated.href} download={truncated.fileName}>Download</a>
          <span className="meta">{bytes(truncated.bytes)}, truncated</span>
        </div>
      ) : (
        cut && <div className="clamp-more"><Button small onClick={() => setAll(true)}>Show full text</Button></div>
      )}
    </div>
  );
}
