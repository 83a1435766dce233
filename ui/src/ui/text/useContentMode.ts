import { useStoredChoice } from "../browser/useStoredChoice";

/** The forms of content, in the order in which they are offered. */
export const CONTENT_MODES = ["pretty", "raw", "json"] as const;
export type ContentMode = (typeof CONTENT_MODES)[number];

/** How content is shown: one choice for all content blocks. */
export function useContentMode(): [ContentMode, (mode: ContentMode) => void] {
  return useStoredChoice<ContentMode>("content", CONTENT_MODES);
}
