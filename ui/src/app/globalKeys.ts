import type { KeyHelp } from "../ui/keys/keyHelp";
import { SCREENS } from "./screens";

export const GLOBAL_KEYS: KeyHelp[] = [
  { key: "Ctrl K", does: "Search or jump to anything" },
  { key: "?", does: "Show this help" },
  ...SCREENS.map(({ key, label }) => ({ key, does: label })),
  { key: "g e", does: "Experiments" },
  { key: "g ,", does: "Settings" },
  { key: "Esc", does: "Close the topmost panel" },
];
