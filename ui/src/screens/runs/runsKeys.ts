import type { KeyHelp } from "../../ui/keys/keyHelp";

export const RUNS_KEYS: KeyHelp[] = [
  { key: "j k", does: "Next or previous run" },
  { key: "Enter", does: "Open the run" },
  { key: "x", does: "Select the run for a comparison" },
  { key: "/", does: "Filter the runs" },
];
