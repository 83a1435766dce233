import { useMemo, useState } from "react";
import { jsonIn, looksLikeMarkdown } from "../../core/textKind";
import { CopyButton } from "../CopyButton";
import { JsonValue } from "../json/JsonValue";
import { ModeSwitch, type Mode } from "./ModeSwitch";
import { Pretty } from "./Pretty";
import { RichText } from "./RichText";

/** A value in the most readable form, with a switch to others. */
export function Block({ value, label, bare = false }: { value: unknown; label: string; bare?: boolean }) {
  const kind = useMemo(() => look(value), [value]);
  const [chosen, setMode] = useState<Mode | null>(null);
  const mode = chosen && kind.modes.includes(chosen) ? chosen : kind.modes[0]!;
  const text = typeof value === "string" ? value : null;
  return (
    <div className={bare ? "block bare" : "block"}>
      <div className="block-tools">
        <ModeSwitch modes={kind.modes} mode={mode} onMode={setMode} label={label} />
        <CopyButton text={() => text ?? JSON.stringify(value, null, 2)} label={`Copy ${label}`} />
      </div>
      {mode === "pretty" && <Pretty value={kind.json} label={label} />}
      {mode === "json" && <JsonValue value={kind.json} label={label} />}
      {mode === "markdown" && <RichText text={text ?? ""} markdown />}
      {mode === "text" && <RichText text={text ?? JSON.stringify(value, null, 2) ?? ""} markdown={false} />}
    </div>
  );
}

function look(value: unknown): { modes: Mode[]; json: unknown } {
  if (typeof value === "string") {
    const json = jsonIn(value);
    if (json !== undefined) return { modes: [readsBetterPretty(json) ? "pretty" : "json", readsBetterPretty(json) ? "json" : "pretty", "text"], json };
    return { modes: looksLikeMarkdown(value) ? ["markdown", "text"] : ["text", "markdown"], json: value };
  }
  if (typeof value !== "object" || value === null) return { modes: ["json"], json: value };
  return { modes: readsBetterPretty(value) ? ["pretty", "json", "text"] : ["json", "pretty", "text"], json: value };
}

/** Long texts and vectors are hard to read as JSON. */
function readsBetterPretty(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const inside = Object.values(value);
  if (inside.length === 0 || 12 < inside.length) return false;
  return inside.some((part) => typeof part === "string" && (80 < part.length || part.includes("\n")));
}
