import { CONTENT_MODES, type ContentMode } from "./useContentMode";

const NAMES: Record<ContentMode, string> = { pretty: "Pretty", raw: "Raw", json: "JSON" };

/** The forms of a content block, always in this order. */
export function ContentModes({ mode, onMode, label }: { mode: ContentMode; onMode: (mode: ContentMode) => void; label: string }) {
  return (
    <span className="content-modes" role="group" aria-label={`Show ${label} as`}>
      {CONTENT_MODES.map((it) => (
        <button key={it} type="button" aria-pressed={it === mode} onClick={() => onMode(it)}>{NAMES[it]}</button>
      ))}
    </span>
  );
}
