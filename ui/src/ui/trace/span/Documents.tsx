import { useState } from "react";
import type { SpanDocument } from "../../../core/chat/normalizedSpan";
import { plural } from "../../../core/format";
import { safeHref, shorten, visible } from "../../../core/text";
import { Block } from "../../text/Block";
import { PlainText } from "../../text/PlainText";

const SHOWN_MAX = 20;

/** The documents of a retriever, in its order. */
export function Documents({ documents }: { documents: SpanDocument[] }) {
  const [all, setAll] = useState(false);
  const best = Math.max(...documents.map((document) => document.score ?? 0), 0);
  return (
    <div className="documents">
      {documents.slice(0, all ? undefined : SHOWN_MAX).map((document, at) => <DocumentCard key={at} rank={at + 1} document={document} best={best} />)}
      {!all && SHOWN_MAX < documents.length && (
        <button type="button" className="link" onClick={() => setAll(true)}>{plural(documents.length - SHOWN_MAX, "more document")}</button>
      )}
    </div>
  );
}

function DocumentCard({ rank, document, best }: { rank: number; document: SpanDocument; best: number }) {
  const [open, setOpen] = useState(false);
  const metadata = (typeof document.metadata === "object" && document.metadata !== null ? document.metadata : {}) as Record<string, unknown>;
  const uri = metadata.doc_uri ?? metadata.source ?? metadata.url ?? metadata.uri;
  const href = typeof uri === "string" ? safeHref(uri) : null;
  return (
    <article className="document">
      <div className="row">
        <span className="muted">{rank}</span>
        {document.score !== null && (
          <>
            <span className="score" aria-hidden><i style={{ width: `${best <= 0 ? 0 : Math.max(0, Math.min(1, document.score / best)) * 100}%` }} /></span>
            <span className="mono" title="score">{Number(document.score.toPrecision(3))}</span>
          </>
        )}
        {typeof uri === "string" && (
          <span className="ellipsis">
            {href ? <a href={href} target="_blank" rel="noopener noreferrer">{shorten(visible(uri), 90)}</a> : <span className="mono">{shorten(visible(uri), 90)}</span>}
          </span>
        )}
        <span className="grow" />
        {document.id && <span className="meta ellipsis">{visible(document.id)}</span>}
      </div>
      <p className={open ? "plain-text" : "plain-text clamped"}><PlainText text={document.text} /></p>
      {open && 0 < Object.keys(metadata).length && <Block value={metadata} label={`metadata of document ${rank}`} bare />}
      <button type="button" className="link meta" aria-expanded={open} onClick={() => setOpen(!open)}>{open ? "Show less" : "Show full text"}</button>
    </article>
  );
}
