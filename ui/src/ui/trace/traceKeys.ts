import type { KeyHelp } from "../keys/keyHelp";

export const TRACE_KEYS: KeyHelp[] = [
  { key: "j k, ↓ ↑", does: "next, previous span" },
  { key: "→ ←", does: "open, close a span; then its first child, its parent" },
  { key: "Shift → ←", does: "open, close all spans" },
  { key: "J K", does: "next, previous trace of the list" },
  { key: "e E", does: "next, previous failed span" },
  { key: "m", does: "next model call" },
  { key: "p", does: "parent" },
  { key: "1 2 3 4", does: "waterfall, transcript, by name, flame" },
  { key: "i A v s w", does: "input and output, attributes, events, assessments, raw" },
  { key: "f, n N", does: "find in the trace; next, previous hit" },
  { key: "> <", does: "zoom in, out (Ctrl and wheel)" },
  { key: ", .", does: "move left, right (Shift and wheel)" },
  { key: "0", does: "reset the zoom" },
  { key: "y Y", does: "copy a link, copy the id" },
  { key: "+ -", does: "thumbs up, down" },
  { key: "#", does: "write a note" },
  { key: "a", does: "assess" },
  { key: "S", does: "rescore with the scorer in focus, or the only one" },
  { key: "F", does: "full width, or beside the list" },
  { key: "Esc", does: "close" },
];
