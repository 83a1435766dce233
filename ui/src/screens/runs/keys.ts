export const KEYS: { key: string; does: string }[] = [
  { key: "j k", does: "Next or previous run" },
  { key: "Enter", does: "Open the run" },
  { key: "/", does: "Filter the runs" },
];
