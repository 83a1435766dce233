import type { KeyHelp } from "../../ui/keys/keyHelp";

export const STEPS_KEYS: KeyHelp[] = [
  { key: "j k", does: "Next and previous step" },
  { key: "Enter", does: "Open the traces of the step" },
  { key: "/", does: "Filter" },
  { key: "[ ]", does: "Previous and next time range" },
  { key: "z", does: "Zoom out" },
  { key: "r", does: "Refresh" },
];
