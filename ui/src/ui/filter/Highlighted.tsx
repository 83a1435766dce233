import { memo, type ReactNode } from "react";
import { lex } from "../../core/filter/lex";

/** The filter with syntax highlighting; mistakes are underlined. */
export const Highlighted = memo(function Highlighted({ text, wrong }: { text: string; wrong?: { from: number; to: number } | null }) {
  const parts: ReactNode[] = [];
  let at = 0;
  const plain = (to: number) => {
    if (at < to) parts.push(<span key={at}>{text.slice(at, to)}</span>);
    at = Math.max(at, to);
  };
  for (const token of lex(text)) {
    plain(token.from);
    const bad = wrong && token.from < wrong.to && wrong.from < token.to;
    parts.push(<span key={token.from} className={`token-${token.kind}${bad ? " wrong" : ""}`}>{token.text}</span>);
    at = token.to;
  }
  plain(text.length);
  if (wrong && text.length <= wrong.from) parts.push(<span key="end" className="wrong">{"\u00a0"}</span>);
  return <>{parts}</>;
});
