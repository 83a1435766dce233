import { useMemo } from "react";
import { diffText } from "../core/diffText";
import { visible } from "../core/text";
import "./textDiff.css";

/** A word diff: deletions struck out, insertions underlined. Load it lazily. */
export default function TextDiff({ before, after }: { before: string; after: string }) {
  const pieces = useMemo(() => diffText(before, after), [before, after]);
  if (pieces.length === 0) return <p className="muted">Both are empty.</p>;
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
