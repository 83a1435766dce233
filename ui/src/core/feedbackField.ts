/** The filter field of a feedback name: `feedback.quality`, `` feedback.`my metric` ``. */
export function feedbackField(name: string): string {
  if (/^[A-Za-z_]\w*(\.\w+)*$/.test(name)) return `feedback.${name}`;
  return name.includes("`") ? `feedback."${name}"` : `feedback.\`${name}\``;
}
