// Names of the groupings of traces; `GET …/fields` lists them.

export function groupTitle(by: string): string {
  const colon = by.indexOf(":");
  if (0 < colon) return `${by.slice(0, colon) === "tag" ? "Tag" : "Metadata"} ${by.slice(colon + 1)}`;
  return by.charAt(0).toUpperCase() + by.slice(1);
}
