import type { KeyHelp } from "../../ui/keys/keyHelp";

export const REVIEW_KEYS: KeyHelp[] = [
  { key: "j k", does: "Next or previous queue" },
  { key: "Enter", does: "Open the queue" },
  { key: "n", does: "New queue, or new question" },
  { key: "r", does: "Refresh" },
];

export const REVIEW_QUEUE_KEYS: KeyHelp[] = [
  { key: "1–9 0", does: "Choose an option of the marked question" },
  { key: "y n", does: "Pass, fail" },
  { key: "↓ ↑", does: "Next, previous question" },
  { key: "i", does: "Type the answer" },
  { key: "c", does: "Write a comment" },
  { key: "Enter", does: "Save and go to the next open trace" },
  { key: "Ctrl Enter", does: "The same, while typing" },
  { key: "Esc", does: "Stop typing" },
  { key: "s", does: "Skip: the trace comes again after all others" },
  { key: "d", does: "Decline: nobody has to review the trace" },
  { key: "u", does: "Undo the last answer or review" },
  { key: "] [, J K", does: "Next, previous trace" },
  { key: "v", does: "Input and output, or the conversation" },
  { key: "o", does: "Open the trace in a new tab" },
  { key: "a", does: "Add the trace to a dataset" },
];
