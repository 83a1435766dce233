// Detects the kind of a text: Markdown, JSON or plain.

/** Longer texts are shown as plain text, since parsing them would freeze the page. */
export const MARKDOWN_CHARS_MAX = 200_000;

const SIGNS = [
  /^#{1,6} \S/m,
  /^\s*(?:[-*+]|\d+[.)]) \S.*\n\s*(?:[-*+]|\d+[.)]) \S/m,
  /\*\*[^*\n]+\*\*/,
  /^```/m,
  /^\|.+\|\s*\n\s*\|[\s:|-]+\|/m,
  /\[[^\]\n]+\]\([^)\s]+\)/,
  /(?:^|\s)`[^`\n]+`/,
  /^> \S/m,
];

export function looksLikeMarkdown(text: string): boolean {
  return text.length <= MARKDOWN_CHARS_MAX && SIGNS.some((sign) => sign.test(text));
}

/** The parsed value if the text is a JSON list or object, else `undefined`. */
export function jsonIn(text: string): unknown {
  const begin = text.trimStart()[0];
  if (begin !== "{" && begin !== "[") return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The value as text: a string unchanged, anything else as indented JSON. */
export function sourceText(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value, null, 2) ?? "");
}

/** The value as text on one line. */
export function compactText(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

export interface Piece {
  text: string;
  hit: boolean;
}

/** Splits the text at matches of `wanted`. */
export function splitAtMatches(text: string, wanted: string | null): Piece[] {
  if (!wanted) return [{ text, hit: false }];
  const pattern = new RegExp(wanted.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "gi");
  const pieces: Piece[] = [];
  let at = 0;
  for (const found of text.matchAll(pattern)) {
    if (at < found.index) pieces.push({ text: text.slice(at, found.index), hit: false });
    pieces.push({ text: found[0], hit: true });
    at = found.index + found[0].length;
    // Thousands of marks are useless and slow.
    if (2000 < pieces.length) break;
  }
  if (at < text.length) pieces.push({ text: text.slice(at), hit: false });
  return pieces;
}
