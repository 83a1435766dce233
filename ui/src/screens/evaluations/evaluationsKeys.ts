import type { KeyHelp } from "../../ui/keys/keyHelp";

export const EVALUATIONS_KEYS: KeyHelp[] = [
  { key: "j k", does: "Next or previous evaluation" },
  { key: "Enter", does: "Open the evaluation" },
  { key: "x", does: "Select for a comparison" },
  { key: "c", does: "Compare the two to four selected" },
  { key: "/", does: "Filter the evaluations" },
];

export const EVALUATION_KEYS: KeyHelp[] = [
  { key: "j k", does: "Next or previous case" },
  { key: "Enter", does: "Open the trace of the case beside the table" },
  { key: "J K", does: "Next or previous case, while one is open" },
  { key: "o", does: "Open the trace in a new tab" },
  { key: "x", does: "Select the case, for actions on several" },
  { key: "c", does: "Compare with another evaluation" },
  { key: "/", does: "Filter the cases" },
];

export const COMPARE_EVALUATIONS_KEYS: KeyHelp[] = [
  { key: "j k", does: "Next or previous case" },
  { key: "Enter", does: "Open the case: outputs with their changes, and rationales" },
  { key: "J K", does: "Next or previous case, while one is open" },
  { key: "t", does: "Case, then its trace in each run, in turn" },
  { key: "o", does: "Compare the traces span by span, in a new tab" },
  { key: "s", does: "Swap the first two runs" },
  { key: "1 to 6", does: "All cases, lost, won, changed, not in all, same" },
  { key: "/", does: "Find cases by a text in the input or an output" },
];
