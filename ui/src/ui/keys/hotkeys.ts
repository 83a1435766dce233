// Keyboard shortcuts. Components register theirs; the most recently mounted one comes first.
import { useEffect, useRef } from "react";
import { writePreference, readPreference } from "../browser/preferences";

/** Handlers by key: `j`, `J` for Shift with J, `Ctrl+k`, `g t` for a sequence, `Escape`. */
export type Hotkeys = Record<string, (event: KeyboardEvent) => void>;

const layers: { current: Hotkeys }[] = [];
let prefix = "";
let prefixTimer: ReturnType<typeof setTimeout> | undefined;

/** Shortcuts that work while the component is mounted, except in text fields. */
export function useHotkeys(keys: Hotkeys, enabled = true): void {
  const ref = useRef(keys);
  useEffect(() => {
    ref.current = keys;
  });
  useEffect(() => {
    if (!enabled) return;
    layers.push(ref);
    return () => {
      layers.splice(layers.indexOf(ref), 1);
    };
  }, [enabled]);
}

/** Single-letter shortcuts can be switched off, as they may interfere with speech input. */
export function singleKeysAllowed(): boolean {
  return readPreference("keys") !== "off";
}

export function allowSingleKeys(allowed: boolean): void {
  writePreference("keys", allowed ? null : "off");
}

function keyName(event: KeyboardEvent): string {
  const held = `${event.ctrlKey || event.metaKey ? "Ctrl+" : ""}${event.altKey ? "Alt+" : ""}`;
  const shift = event.shiftKey && event.key.length > 1 ? "Shift+" : "";
  return held + shift + event.key;
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLInputElement && !["checkbox", "radio", "button", "range"].includes(target.type);
}

/** Enter and Space activate the focused link or button. */
function isPress(event: KeyboardEvent): boolean {
  return (event.key === "Enter" || event.key === " ") && event.target instanceof HTMLElement
    && event.target.closest("a[href], button, summary, input, [role=button], [role=tab]") !== null;
}

function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
  const name = keyName(event);
  const typing = isTyping(event.target);
  if ((typing && !name.startsWith("Ctrl+")) || isPress(event)) return;
  if (event.target instanceof HTMLElement && event.target.closest("[role=menu], [role=listbox]")) return;
  if (name.length === 1 && !singleKeysAllowed()) return;
  const full = prefix ? `${prefix} ${name}` : name;
  prefix = "";
  clearTimeout(prefixTimer);
  for (const layer of layers.toReversed()) {
    const run = layer.current[full];
    if (run) {
      event.preventDefault();
      run(event);
      return;
    }
  }
  const begins = layers.some((layer) => Object.keys(layer.current).some((key) => key.startsWith(`${full} `)));
  if (begins) {
    prefix = full;
    prefixTimer = setTimeout(() => (prefix = ""), 1200);
  }
}

document.addEventListener("keydown", onKeyDown);
