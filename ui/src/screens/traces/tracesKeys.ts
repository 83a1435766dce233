import type { KeyHelp } from "../../ui/keys/keyHelp";

export const TRACES_KEYS: KeyHelp[] = [
  { key: "/", does: "Write a filter" },
  { key: "j k ↓ ↑", does: "Next, previous trace" },
  { key: "Enter", does: "Open the trace beside the list" },
  { key: "J K", does: "Open the next, previous trace" },
  { key: "o", does: "Open the trace in a new tab" },
  { key: "x", does: "Select the trace" },
  { key: "X", does: "Select all from the one selected last" },
  { key: "Ctrl+a", does: "Select all that are loaded" },
  { key: "c", does: "Compare the selected traces" },
  { key: "+ -", does: "Rate thumbs up, thumbs down" },
  { key: "t", does: "Tag" },
  { key: "← →", does: "Previous, next cell" },
  { key: ".", does: "What can be done with the cell" },
  { key: "Home End", does: "First, last row" },
  { key: "l", does: "Live on, off" },
  { key: "r", does: "Look again" },
  { key: "T", does: "Times as they are, or from now" },
  { key: "[ ]", does: "The time before, after" },
  { key: "z", does: "Zoom out" },
];
