// The most frequent texts of a set of traces.

export interface CommonText {
  text: string;
  /** The traces with this text, in the given order. */
  traceIds: string[];
}

/** Groups texts that differ in white space only. The most frequent come first; ties keep the order of their first occurrence. */
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
