// Conditions on spans in filters, recognized without parsing: screens of steps need nothing else of the filter language.
const MICROS_PER_MS = 1000;

/** A clause that keeps spans that took at least so long, to the microsecond. */
export function slowerSpansClause(ms: number): string {
  return `span.duration >= ${Math.floor(ms * MICROS_PER_MS) / MICROS_PER_MS}`;
}

/** Whether the filter may have conditions on spans, errors or texts. */
export function asksOfSpans(q: string): boolean {
  const bare = q.replace(/(?:[=<>]|\b(?:LIKE|ILIKE|RLIKE|CONTAINS|IN)\b)\s*(?:'[^']*'|"[^"]*"|\([^)]*\))/gi, "");
  return /['"]|\b(?:span|inputs|outputs)\s*\.|(?<![\w.])(?:(?:trace|attributes?)\.)?(?:error|text)\b/.test(bare);
}
