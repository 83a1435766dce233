import type { KeyHelp } from "../../ui/keys/keyHelp";

export const ISSUES_KEYS: KeyHelp[] = [
  { key: "j k", does: "Next or previous issue; on its page, trace" },
  { key: "Enter", does: "Open it" },
  { key: "n", does: "New issue" },
  { key: "/", does: "Find an issue by its name" },
  { key: "r", does: "Refresh" },
  { key: "[ ]", does: "Previous, next time range" },
  { key: "z", does: "Zoom out" },
  { key: "Esc", does: "From an issue back to the list" },
];
