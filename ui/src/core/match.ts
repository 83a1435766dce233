// Searches names by words: every typed word must occur in the name.

/** The score of `text` for the typed words: 0 is no match, larger is better. */
export function matchScore(text: string, typed: string): number {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return 1;
  const name = text.toLowerCase();
  let score = 0;
  for (const word of words) {
    const at = name.indexOf(word);
    if (at < 0) return 0;
    const beginsWord = at === 0 || /[\s\-_/.:]/.test(name[at - 1]!);
    score += at === 0 ? 3 : beginsWord ? 2 : 1;
  }
  return score / words.length + (name === typed.trim().toLowerCase() ? 1 : 0);
}

/** Matching items, the best first; items with equal scores keep their order. */
export function bestMatches<T>(items: readonly T[], typed: string, textOf: (item: T) => string): T[] {
  return items
    .map((item, at) => ({ item, at, score: matchScore(textOf(item), typed) }))
    .filter(({ score }) => 0 < score)
    .sort((a, b) => b.score - a.score || a.at - b.at)
    .map(({ item }) => item);
}
