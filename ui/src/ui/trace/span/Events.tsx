import { duration, plural } from "../../../core/format";
import { shorten, visible } from "../../../core/text";
import { hexId, plain, type StoredEvent, type StoredSpan } from "../../../core/trace/otel";
import { JsonValue } from "../../json/JsonValue";
import { CopyButton } from "../../CopyButton";
import { PlainText } from "../../text/PlainText";
import { Link } from "@tanstack/react-router";

/** Span events, exceptions with stack traces, and span links. */
export default function Events({ span }: { span: StoredSpan }) {
  const start = Number(span.start_time_unix_nano ?? 0);
  const events = span.events ?? [];
  const links = span.links ?? [];
  return (
    <>
      {events.length === 0 && <p className="muted">This span has no events.</p>}
      {events.map((event, at) => <Event key={at} event={event} start={start} />)}
      {0 < links.length && (
        <section className="span-section" aria-label="Links">
          <h3>{plural(links.length, "link")}</h3>
          <ul className="stack">
            {links.map((link, at) => {
              const trace = hexId(link.trace_id);
              return (
                <li key={at}>
                  {trace && <Link to="/t/$traceId" params={{ traceId: `tr-${trace}` }} search={{ s: hexId(link.span_id) ?? "" } as never} className="mono">tr-{trace}</Link>}
                  {0 < (link.attributes ?? []).length && <JsonValue value={Object.fromEntries(link.attributes!.map(({ key, value }) => [key, plain(value)]))} label={`link ${at + 1}`} />}
                </li>
              );
            })}
          </ul>
        </section>
      )}
    </>
  );
}

function Event({ event, start }: { event: StoredEvent; start: number }) {
  const attributes = Object.fromEntries((event.attributes ?? []).map(({ key, value }) => [key, plain(value)]));
  const { "exception.type": type, "exception.message": message, "exception.stacktrace": stack, ...rest } = attributes;
  const isException = type !== undefined || message !== undefined;
  return (
    <article className={isException ? "event exception" : "event"}>
      <div className="row">
        <b className="ellipsis"><PlainText text={shorten(isException && type ? String(type) : (event.name ?? "event"), 300)} /></b>
        <span className="grow" />
        <span className="meta" title="after the start of the span">+{duration(Math.max(0, Number(event.time_unix_nano ?? start) - start) / 1e6)}</span>
      </div>
      {message !== undefined && <p className="plain-text"><PlainText text={String(message)} /></p>}
      {stack !== undefined && (
        <div className="code-block">
          <pre tabIndex={0} aria-label="Stack trace"><PlainText text={String(stack)} /></pre>
          <CopyButton text={String(stack)} label="Copy the stack trace" />
        </div>
      )}
      {0 < Object.keys(rest).length && <JsonValue value={rest} label={`attributes of ${shorten(visible(event.name ?? "event"), 60)}`} />}
    </article>
  );
}

