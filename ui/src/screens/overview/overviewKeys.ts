import type { KeyHelp } from "../../ui/keys/keyHelp";

export const OVERVIEW_KEYS: KeyHelp[] = [
  { key: "/", does: "Filter" },
  { key: "[", does: "The time before" },
  { key: "]", does: "The time after" },
  { key: "z", does: "Twice the time" },
  { key: "r", does: "Ask again" },
];
