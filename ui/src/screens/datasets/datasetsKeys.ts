import type { KeyHelp } from "../../ui/keys/keyHelp";

export const DATASETS_KEYS: KeyHelp[] = [
  { key: "/", does: "Find a dataset, or filter its records" },
  { key: "j k", does: "Next or previous dataset or record" },
  { key: "Enter", does: "Open it" },
  { key: "n", does: "New dataset, or new record" },
  { key: "x", does: "Select the record" },
  { key: "X", does: "Select all records since the last selected one" },
  { key: "Ctrl+a", does: "Select all records shown" },
  { key: "m", does: "Only records without expectations" },
  { key: "r", does: "Refresh" },
  { key: "Esc", does: "Clear the selection" },
];
