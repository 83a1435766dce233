import { looksLikeMarkdown } from "../../core/textKind";
import { LongText } from "../../ui/LongText";
import { RichText } from "../../ui/text/RichText";
import "../../ui/text/text.css";

/** Longer outputs are shown as plain text, with the rest on demand. */
const CHARS_MAX = 6000;

/** The output of a turn, as Markdown if it looks like it. */
export function Answer({ text }: { text: string }) {
  return text.length <= CHARS_MAX && looksLikeMarkdown(text) ? <RichText text={text} markdown /> : <LongText text={text} />;
}
