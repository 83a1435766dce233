// Compares two texts word by word, in any script. It needs jsdiff, so import it lazily.
import { diffArrays } from "diff";

export interface Piece {
  text: string;
  change: "same" | "added" | "removed";
}

/** Characters; longer texts are compared line by line, which is coarser and faster. */
const WORDS_CHARS_MAX = 100_000;
const TIMEOUT_MS = 1000;

export function diffText(before: string, after: string): Piece[] {
  if (before === after) return before ? [{ text: before, change: "same" }] : [];
  const finest = before.length + after.length <= WORDS_CHARS_MAX ? [words, lines] : [lines];
  for (const split of finest) {
    const parts = diffArrays(split(before), split(after), { timeout: TIMEOUT_MS });
    if (parts) return parts.map(({ value, added, removed }) => ({ text: value.join(""), change: added ? "added" : removed ? "removed" : "same" }));
  }
  return [{ text: before, change: "removed" }, { text: after, change: "added" }].filter(({ text }) => text) as Piece[];
}

/** Minimum share of common text; below it, a word diff is harder to read than the two texts. */
const LIKENESS_MIN = 0.4;

/** Whether two texts have too little in common for a diff. Short texts can always be compared. */
export function areUnlike(pieces: readonly Piece[]): boolean {
  const length = (change: Piece["change"]) => pieces.reduce((sum, piece) => sum + (piece.change === change ? piece.text.trim().length : 0), 0);
  const [same, longer] = [length("same"), Math.max(length("added"), length("removed"))];
  return SHORT_CHARS < longer && same < LIKENESS_MIN * (same + longer);
}

const SHORT_CHARS = 80;

function words(text: string): string[] {
  return Array.from(new Intl.Segmenter(undefined, { granularity: "word" }).segment(text), ({ segment }) => segment);
}

function lines(text: string): string[] {
  return text.split(/(?<=\n)/);
}
