export type Mode = "pretty" | "markdown" | "json" | "text";

const NAMES: Record<Mode, string> = { pretty: "Pretty", markdown: "Markdown", json: "JSON", text: "Text" };

/** How to show one block. */
export function ModeSwitch({ modes, mode, onMode, label }: { modes: Mode[]; mode: Mode; onMode: (mode: Mode) => void; label: string }) {
  if (modes.length < 2) return null;
  return (
    <span className="mode-switch" role="group" aria-label={`Show ${label} as`}>
      {modes.map((it) => (
        <button key={it} type="button" aria-pressed={it === mode} onClick={() => onMode(it)}>{NAMES[it]}</button>
      ))}
    </span>
  );
}
