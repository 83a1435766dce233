import type { KeyHelp } from "../../ui/keys/keyHelp";

export const SCORERS_KEYS: KeyHelp[] = [
  { key: "j k", does: "Next or previous scorer, or type of check" },
  { key: "Enter", does: "Traces with feedback of the scorer" },
  { key: "o", does: "Open the scorer" },
  { key: "s", does: "Start it, or change its sampling" },
  { key: "b", does: "Change the budget of the judge that is open" },
  { key: "p", does: "Score past traces" },
  { key: "R", does: "Retry all failures of the scorer that is open" },
  { key: "n", does: "New check" },
  { key: "t", does: "Try the scorer on the newest traces" },
  { key: "Ctrl Enter", does: "Save the check" },
  { key: "/", does: "Find a scorer by its name" },
  { key: "1 2", does: "Agreement: the scorer, or the person is right" },
  { key: "e", does: "Agreement: use the trace as an example for the judge" },
  { key: "r", does: "Refresh" },
  { key: "Esc", does: "Back to the list" },
];
