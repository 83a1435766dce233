import { marked, type Token, type Tokens } from "marked";
import { Fragment, useMemo, type ReactNode } from "react";
import { safeHref } from "../../core/text";
import { PlainText } from "./PlainText";

/** Markdown as React elements. HTML stays text, images become links, and links have safe schemes only. */
export default function Markdown({ text }: { text: string }) {
  const tokens = useMemo(() => marked.lexer(text, { gfm: true }), [text]);
  return <div className="markdown">{all(tokens)}</div>;
}

function all(tokens: Token[] | undefined): ReactNode {
  return tokens?.map((token, at) => <Fragment key={at}>{one(token)}</Fragment>);
}

function one(token: Token): ReactNode {
  switch (token.type) {
    case "space":
    case "def":
      return null;
    case "heading":
      return <p className={`md-heading md-${(token as Tokens.Heading).depth}`}>{all(token.tokens)}</p>;
    case "paragraph":
      return <p>{all(token.tokens)}</p>;
    case "strong":
      return <strong>{all(token.tokens)}</strong>;
    case "em":
      return <em>{all(token.tokens)}</em>;
    case "del":
      return <del>{all(token.tokens)}</del>;
    case "br":
      return <br />;
    case "hr":
      return <hr />;
    case "code":
      return <pre className="md-code" tabIndex={0} aria-label={`Code${token.lang ? `, ${token.lang}` : ""}`}><PlainText text={token.text} /></pre>;
    case "codespan":
      return <code><PlainText text={token.text} /></code>;
    case "blockquote":
      return <blockquote>{all(token.tokens)}</blockquote>;
    case "list":
      return list(token as Tokens.List);
    case "table":
      return table(token as Tokens.Table);
    case "link":
      return link(token.href, all(token.tokens), token.raw);
    case "image":
      return <>[picture {link(token.href, <PlainText text={token.text || token.href} />, token.raw)}]</>;
    case "text":
      return token.tokens ? all(token.tokens) : <PlainText text={token.text} />;
    case "escape":
      return <PlainText text={token.text} />;
    case "checkbox":
      return null;
    default:
      // HTML and everything unknown stays text.
      return <PlainText text={token.raw} />;
  }
}

function link(address: string, inside: ReactNode, raw: string): ReactNode {
  const href = safeHref(address);
  if (!href) return <PlainText text={raw} />;
  return <a href={href} target="_blank" rel="noopener noreferrer" title={href}>{inside}</a>;
}

function list({ ordered, start, items }: Tokens.List): ReactNode {
  const shown = items.map((item, at) => (
    <li key={at}>
      {item.task && <span role="img" aria-label={item.checked ? "done" : "not done"}>{item.checked ? "☑ " : "☐ "}</span>}
      {all(item.tokens)}
    </li>
  ));
  return ordered ? <ol start={Number(start) || 1}>{shown}</ol> : <ul>{shown}</ul>;
}

function table({ header, rows }: Tokens.Table): ReactNode {
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label="Table">
      <table className="table">
        <thead><tr>{header.map((cell, at) => <th key={at}>{all(cell.tokens)}</th>)}</tr></thead>
        <tbody>{rows.map((row, at) => <tr key={at}>{row.map((cell, column) => <td key={column}>{all(cell.tokens)}</td>)}</tr>)}</tbody>
      </table>
    </div>
  );
}
