export const KEYS: { key: string; does: string }[] = [
  { key: "/", does: "Filter" },
  { key: "[", does: "The time before" },
  { key: "]", does: "The time after" },
  { key: "z", does: "Twice the time" },
  { key: "r", does: "Ask again" },
];
