/** Fields that traces can be grouped by; tag and metadata keys come from the data. */
export const GROUPS = ["session", "user", "version", "environment", "name", "status", "error", "model"];

export function groupTitle(by: string): string {
  const colon = by.indexOf(":");
  if (0 < colon) return `${by.slice(0, colon) === "tag" ? "Tag" : "Metadata"} ${by.slice(colon + 1)}`;
  return by.charAt(0).toUpperCase() + by.slice(1);
}
