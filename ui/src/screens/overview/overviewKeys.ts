import type { KeyHelp } from "../../ui/keys/keyHelp";

export const OVERVIEW_KEYS: KeyHelp[] = [
  { key: "/", does: "Filter" },
  { key: "[", does: "Previous time range" },
  { key: "]", does: "Next time range" },
  { key: "z", does: "Zoom out" },
  { key: "r", does: "Refresh" },
];
