import type { KeyHelp } from "../../ui/keys/keyHelp";

export const SESSIONS_KEYS: KeyHelp[] = [
  { key: "j k", does: "Next or previous session of the list" },
  { key: "Enter", does: "Open the session, or the trace of the turn" },
  { key: "T", does: "Absolute or relative times of the list" },
  { key: "[ ]", does: "Previous or next time range; in a session, turn" },
  { key: "+ -", does: "Thumbs up or down for the turn" },
  { key: "/", does: "Filter the sessions" },
];
