/** A feedback's name as a filter writes it: `feedback.quality`, `` feedback.`my metric` `` */
export function feedbackField(name: string): string {
  if (/^[A-Za-z_]\w*(\.\w+)*$/.test(name)) return `feedback.${name}`;
  return name.includes("`") ? `feedback."${name}"` : `feedback.\`${name}\``;
}
