import type { KeyHelp } from "../../ui/keys/keyHelp";

export const ALERTS_KEYS: KeyHelp[] = [
  { key: "j k", does: "Next or previous rule" },
  { key: "Enter", does: "Edit the rule" },
  { key: "n", does: "New rule" },
  { key: "Ctrl Enter", does: "Save the rule" },
  { key: "r", does: "Refresh" },
  { key: "Esc", does: "Back to the list" },
];
