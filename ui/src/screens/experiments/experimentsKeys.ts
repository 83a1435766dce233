import type { KeyHelp } from "../../ui/keys/keyHelp";

export const EXPERIMENTS_KEYS: KeyHelp[] = [
  { key: "/", does: "Find an experiment" },
  { key: "j k", does: "Next or previous experiment" },
  { key: "Enter", does: "Open its traces" },
  { key: "n", does: "Create an experiment" },
];
