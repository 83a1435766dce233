import type { KeyHelp } from "../../ui/keys/keyHelp";

export const SESSIONS_KEYS: KeyHelp[] = [
  { key: "j k", does: "Next or previous session of the list" },
  { key: "Enter", does: "Open the session, or the trace of the turn" },
  { key: "[ ]", does: "Previous or next turn" },
  { key: "+ -", does: "Thumbs up or down for the turn" },
  { key: "/", does: "Filter the sessions" },
];
