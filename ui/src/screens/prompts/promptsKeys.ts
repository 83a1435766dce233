import type { KeyHelp } from "../../ui/keys/keyHelp";

export const PROMPTS_KEYS: KeyHelp[] = [
  { key: "j k", does: "Next or previous prompt or version" },
  { key: "Enter", does: "Open it" },
  { key: "/", does: "Find a prompt" },
  { key: "n", does: "New prompt" },
  { key: "e", does: "Edit into a new version" },
  { key: "Ctrl Enter", does: "Save what is being edited" },
  { key: "x", does: "Compare the focused version with the shown one" },
  { key: "d", does: "Show or hide the changes since the previous version" },
  { key: "Esc", does: "End the comparison" },
];
