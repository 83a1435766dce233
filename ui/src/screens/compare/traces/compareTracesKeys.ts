import type { KeyHelp } from "../../../ui/keys/keyHelp";

export const COMPARE_TRACES_KEYS: KeyHelp[] = [
  { key: "s", does: "Swap the first two traces" },
  { key: "v", does: "Diff, or side by side" },
  { key: "o", does: "Only the spans that differ" },
];
