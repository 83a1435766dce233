import { looksLikeMarkdown } from "../../core/textKind";
import { LongText } from "../../ui/LongText";
import { RichText } from "../../ui/text/RichText";
import "../../ui/text/text.css";

/** Answers that are longer are shown as text, with their end on demand. */
const CHARS_MAX = 6000;

/** What was answered, as Markdown if it is that. */
export function Answer({ text }: { text: string }) {
  return text.length <= CHARS_MAX && looksLikeMarkdown(text) ? <RichText text={text} markdown /> : <LongText text={text} />;
}
