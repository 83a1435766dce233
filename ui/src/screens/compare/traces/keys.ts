export const KEYS: { key: string; does: string }[] = [
  { key: "s", does: "Swap the first two traces" },
  { key: "v", does: "Differences, or side by side" },
  { key: "o", does: "Only the spans that differ" },
];
