/** The conjunction of filters. Empty filters keep everything. */
export function joinFilters(...filters: (string | null | undefined)[]): string {
  const parts = filters.map((filter) => filter?.trim() ?? "").filter((filter, at, all) => filter && all.indexOf(filter) === at);
  if (parts.length < 2) return parts[0] ?? "";
  const spans = parts.filter((part) => /\bspan\s*\./i.test(part)).length;
  return parts.map((part) => (needsParentheses(part, 1 < spans) ? `(${part})` : part)).join(" AND ");
}

/** Span clauses in one AND list are about the same span, so each filter's clauses keep their own parentheses. */
function needsParentheses(filter: string, apart: boolean): boolean {
  const bare = filter.replace(/'[^']*'|"[^"]*"|`[^`]*`/g, "''");
  if (isParenthesized(bare)) return false;
  return /\bor\b/i.test(bare) || (apart && /\bspan\s*\./i.test(bare));
}

function isParenthesized(bare: string): boolean {
  if (!bare.startsWith("(") || !bare.endsWith(")")) return false;
  let depth = 0;
  for (const [at, char] of [...bare].entries()) {
    depth += char === "(" ? 1 : char === ")" ? -1 : 0;
    if (depth === 0 && at < bare.length - 1) return false;
  }
  return true;
}
