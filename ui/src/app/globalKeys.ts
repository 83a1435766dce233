import type { KeyHelp } from "../ui/keys/keyHelp";

export const GLOBAL_KEYS: KeyHelp[] = [
  { key: "Ctrl K", does: "Search or jump to anything" },
  { key: "?", does: "Show this help" },
  { key: "g t", does: "Traces" },
  { key: "g o", does: "Overview" },
  { key: "g p", does: "Steps" },
  { key: "g s", does: "Sessions" },
  { key: "g q", does: "Quality" },
  { key: "g c", does: "Compare" },
  { key: "g r", does: "Runs" },
  { key: "g e", does: "Experiments" },
  { key: "g ,", does: "Settings" },
  { key: "Esc", does: "Close the topmost panel" },
];
