import { useState } from "react";
import type { SpanDocument } from "../../../core/chat/normalizedSpan";
import { documentTitle, documentUri } from "../../../core/chat/document";
import { plural } from "../../../core/format";
import { safeHref, shorten, visible } from "../../../core/text";
import { Clamp } from "../../text/Clamp";
import { PrettyValue } from "../../text/PrettyValue";

const SHOWN_MAX = 20;
const TEXT_HEIGHT_MAX = 64;

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
  const { id, score, text, metadata } = document;
  const title = documentTitle(document);
  const uri = documentUri(document);
  const href = uri && safeHref(uri);
  const shownTitle = shorten(visible(title ?? uri ?? `Document ${rank}`), 120);
  const hasMetadata = typeof metadata === "object" && metadata !== null && 0 < Object.keys(metadata).length;
  return (
    <article className="document" aria-label={shownTitle}>
      <div className="row wrap document-head">
        <span className="muted">{rank}</span>
        <b className="ellipsis">{href ? <a href={href} target="_blank" rel="noopener noreferrer" title={visible(href)}>{shownTitle}</a> : shownTitle}</b>
        <span className="grow" />
        {score !== null && (
          <span className="document-score" title="score">
            <span className="score" aria-hidden><i style={{ width: `${best <= 0 ? 0 : Math.max(0, Math.min(1, score / best)) * 100}%` }} /></span>
            {Number(score.toPrecision(3))}
          </span>
        )}
        {id && <span className="meta ellipsis" title="id">{visible(id)}</span>}
      </div>
      {text ? <Clamp heightMax={TEXT_HEIGHT_MAX}><PrettyValue value={text} label={`document ${rank}`} /></Clamp> : <p className="muted">no text</p>}
      {hasMetadata && (
        <details className="folded">
          <summary>Metadata</summary>
          <PrettyValue value={metadata} label={`metadata of document ${rank}`} />
        </details>
      )}
    </article>
  );
}
