import type { KeyHelp } from "../../ui/keys/keyHelp";

export const VERSIONS_KEYS: KeyHelp[] = [
  { key: "j k", does: "Next or previous version; on its page, trace" },
  { key: "Enter", does: "Open it" },
  { key: "x", does: "Select the version for a comparison" },
  { key: "c", does: "Compare the two selected versions" },
  { key: "/", does: "Filter the versions" },
  { key: "r", does: "Refresh" },
  { key: "[ ]", does: "Previous, next time range" },
  { key: "z", does: "Zoom out" },
  { key: "Esc", does: "From a version back to the list" },
];
