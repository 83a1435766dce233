import { useStoredChoice } from "../browser/useStoredChoice";

/** The forms of content, in the order in which they are offered. */
export const CONTENT_MODES = ["pretty", "raw", "json"] as const;
export type ContentMode = (typeof CONTENT_MODES)[number];

/** The form in which all content blocks are shown. */
export function useContentMode(): [ContentMode, (mode: ContentMode) => void] {
  return useStoredChoice<ContentMode>("content", CONTENT_MODES);
}
