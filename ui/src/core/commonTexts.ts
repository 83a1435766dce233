// The texts that occur most often among some traces.

export interface CommonText {
  text: string;
  /** The traces with it, in the order given. */
  traceIds: string[];
}

/** Texts that differ in white space only are one. The commonest come first, then those that occur first. */
export function commonTexts(texts: Iterable<{ traceId: string; text: string | null | undefined }>, max: number): CommonText[] {
  const found = new Map<string, CommonText>();
  for (const { traceId, text } of texts) {
    const one = text?.replace(/\s+/g, " ").trim();
    if (!one) continue;
    const common = found.get(one) ?? { text: one, traceIds: [] };
    if (!common.traceIds.includes(traceId)) common.traceIds.push(traceId);
    found.set(one, common);
  }
  return [...found.values()].sort((a, b) => b.traceIds.length - a.traceIds.length).slice(0, max);
}
