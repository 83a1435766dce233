import type { KeyHelp } from "../../ui/keys/keyHelp";

export const COMPARE_SIDES_KEYS: KeyHelp[] = [
  { key: "v", does: "Compare the two newest versions" },
  { key: "m", does: "Compare the two most used models" },
  { key: "w", does: "Compare last week and this week" },
  { key: "d", does: "Compare yesterday and today" },
  { key: "s", does: "Swap the sides" },
  { key: "/", does: "Filter of A" },
];
