import { lazy, Suspense } from "react";
import { MARKDOWN_CHARS_MAX } from "../../core/textKind";
import { PlainText } from "./PlainText";
import { TextLines } from "./TextLines";
import "./text.css";

const Markdown = lazy(() => import("./Markdown"));

/** A text, rendered as Markdown if `markdown`; very long text is shown line by line. */
export function RichText({ text, markdown }: { text: string; markdown: boolean }) {
  if (MARKDOWN_CHARS_MAX < text.length) return <TextLines text={text} />;
  const plain = <div className="plain-text"><PlainText text={text} /></div>;
  if (!markdown) return plain;
  return <Suspense fallback={plain}><Markdown text={text} /></Suspense>;
}
