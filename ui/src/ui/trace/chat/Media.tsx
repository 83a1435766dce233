import { useState } from "react";
import type { Part } from "../../../core/chat/normalizedSpan";
import { safeHref, shorten, visible } from "../../../core/text";
import { bytes } from "../../../core/format";
import { useAttachment } from "./useAttachment";

type MediaPart = Extract<Part, { url: string }>;

/** An image, audio or file in the trace itself. External content is shown as a link and never fetched. */
export function Media({ part, traceId }: { part: MediaPart; traceId: string }) {
  const attachment = useAttachment(part.url, traceId);
  const name = visible(part.name ?? part.type);
  const inline = part.url.startsWith("data:") ? part.url : attachment.url;
  if (attachment.isLoading) return <p className="muted" role="status">{name} is loading …</p>;
  if (attachment.error) return <p className="error-text">{name}: {attachment.error}</p>;
  if (inline && part.type === "image") return <Picture url={inline} name={name} />;
  if (inline && part.type === "audio") return <audio className="media" controls src={inline} aria-label={name} />;
  if (inline && part.type === "video") return <video className="media" controls src={inline} aria-label={name} />;
  if (inline) return <a className="button small" href={inline} download={name}>Save {name}{part.media_type ? ` (${visible(part.media_type)})` : ""}</a>;
  const href = safeHref(part.url);
  return (
    <p className="muted">
      {name}, not shown because it is stored elsewhere:{" "}
      {href ? <a href={href} target="_blank" rel="noopener noreferrer">{shorten(visible(part.url), 120)}</a> : <code>{shorten(visible(part.url), 120)}</code>}
    </p>
  );
}

function Picture({ url, name }: { url: string; name: string }) {
  const [size, setSize] = useState<string | null>(null);
  const [broken, setBroken] = useState(false);
  if (broken) return <p className="muted">{name}: not a picture format that this browser supports ({bytes(url.length)})</p>;
  return (
    <figure className="picture">
      <img
        src={url}
        alt={name}
        onLoad={(event) => setSize(`${event.currentTarget.naturalWidth} × ${event.currentTarget.naturalHeight}`)}
        onError={() => setBroken(true)}
      />
      <figcaption className="meta">{name}{size && `, ${size}`}</figcaption>
    </figure>
  );
}
