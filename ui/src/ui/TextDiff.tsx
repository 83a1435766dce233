import { type ReactNode, useMemo } from "react";
import { areUnlike, diffText } from "../core/diffText";
import { visible } from "../core/text";
import "./textDiff.css";

/** A word diff: deletions struck out, insertions underlined. Texts with too little in common are `unlike` instead. Load it lazily. */
export default function TextDiff({ before, after, unlike }: { before: string; after: string; unlike?: ReactNode }) {
  const pieces = useMemo(() => diffText(before, after), [before, after]);
  if (pieces.length === 0) return <p className="muted">Both are empty.</p>;
  if (unlike && areUnlike(pieces)) return unlike;
  return (
    <p className="text-diff">
      {pieces.map(({ text, change }, at) =>
        change === "added" ? <ins key={at}>{visible(text)}</ins>
        : change === "removed" ? <del key={at}>{visible(text)}</del>
        : <span key={at}>{visible(text)}</span>,
      )}
    </p>
  );
}
