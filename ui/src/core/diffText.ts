// What changed from one text to another, word by word, in any script. It needs jsdiff: import it lazily.
import { diffArrays } from "diff";

export interface Piece {
  text: string;
  change: "same" | "added" | "removed";
}

/** Longer texts are compared line by line, which is coarser and quicker. */
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

function words(text: string): string[] {
  return Array.from(new Intl.Segmenter(undefined, { granularity: "word" }).segment(text), ({ segment }) => segment);
}

function lines(text: string): string[] {
  return text.split(/(?<=\n)/);
}
