import type { KeyHelp } from "../../ui/keys/keyHelp";

export const TRACES_KEYS: KeyHelp[] = [
  { key: "/", does: "Filter" },
  { key: "j k ↓ ↑", does: "Next, previous trace" },
  { key: "Enter", does: "Open the trace beside the list" },
  { key: "J K", does: "Open the next, previous trace" },
  { key: "o", does: "Open the trace in a new tab" },
  { key: "x", does: "Select the trace" },
  { key: "X", does: "Select all traces since the last selected one" },
  { key: "Ctrl+a", does: "Select all loaded traces" },
  { key: "c", does: "Compare the selected traces" },
  { key: "+ -", does: "Rate thumbs up, thumbs down" },
  { key: "t", does: "Tag" },
  { key: "i", does: "Link to an issue" },
  { key: "← →", does: "Previous, next cell" },
  { key: ".", does: "Cell menu" },
  { key: "Home End", does: "First, last row" },
  { key: "l", does: "Live on, off" },
  { key: "r", does: "Refresh" },
  { key: "T", does: "Absolute or relative times" },
  { key: "[ ]", does: "Previous, next time range" },
  { key: "z", does: "Zoom out" },
];
