import { Link } from "@tanstack/react-router";
import { Filter } from "lucide-react";
import { useMemo, useState } from "react";
import { shorten, visible } from "../../../core/text";
import { compactText } from "../../../core/textKind";
import { attributesOf, type AttributeGroup, type ShownAttribute, type StoredSpan } from "../../../core/trace/otel";
import type { TruncatedText } from "../../../core/types";
import { CopyButton } from "../../CopyButton";
import { JsonValue } from "../../json/JsonValue";
import { PlainText } from "../../text/PlainText";
import { TruncatedValue } from "./TruncatedValue";

/** Maximum number of attributes; the Raw tab shows all of them. */
const SHOWN_MAX = 5000;
const GROUPS: AttributeGroup[] = ["Custom", "GenAI", "OpenTelemetry", "MLflow"];

/** All attributes, custom ones first. */
export default function Attributes({ span, cut, traceId, spanId, experiment }: {
  span: StoredSpan;
  cut: TruncatedText[];
  traceId: string;
  spanId: string;
  experiment: string;
}) {
  const [findText, setFindText] = useState("");
  const all = useMemo(() => attributesOf(span), [span]);
  const truncationOf = (nth: number) => cut.find((it) => it.path.startsWith(`/span/attributes/${nth}/`));
  const wanted = findText.trim().toLowerCase();
  const shown = all.filter(({ key, value }) => !wanted || key.toLowerCase().includes(wanted) || compactText(value).toLowerCase().includes(wanted));
  if (all.length === 0) return <p className="muted">This span has no attributes.</p>;
  return (
    <>
      <input className="input" aria-label="Search the attributes" placeholder={`Search ${all.length} attributes`} value={findText} onChange={(event) => setFindText(event.target.value)} />
      {shown.length === 0 && <p className="muted">No attribute matches “{findText}”.</p>}
      {GROUPS.map((group) => {
        const inGroup = shown.filter((attribute) => attribute.group === group);
        if (inGroup.length === 0) return null;
        return (
          <section key={group} aria-label={group} className="span-section">
            <h3>{group}</h3>
            <dl className="attributes">
              {inGroup.map((attribute) => (
                <Attribute key={attribute.key} attribute={attribute} cut={truncationOf(attribute.nth)} traceId={traceId} spanId={spanId} experiment={experiment} />
              ))}
            </dl>
          </section>
        );
      })}
    </>
  );
}

function Attribute({ attribute: { key, value }, cut, traceId, spanId, experiment }: {
  attribute: ShownAttribute;
  cut: TruncatedText | undefined;
  traceId: string;
  spanId: string;
  experiment: string;
}) {
  const isScalar = typeof value !== "object" || value === null;
  return (
    <div className="attribute">
      <dt><PlainText text={shorten(key, 300)} /></dt>
      <dd>
        {isScalar ? <span className="mono plain-text"><PlainText text={shorten(compactText(value), SHOWN_MAX)} /></span> : <JsonValue value={value} label={shorten(visible(key), 80)} />}
        {cut && <TruncatedValue traceId={traceId} spanId={spanId} field={cut.field} size={cut.bytes} />}
      </dd>
      <dd className="attribute-tools">
        {isScalar && compactText(value).length <= 200 && (
          <Link className="button plain small icon" to="/e/$e/traces" params={{ e: experiment }} search={{ q: filterBy(key, value) } as never} aria-label={`Traces with this ${shorten(visible(key), 80)}`} title="Traces with this value">
            <Filter aria-hidden />
          </Link>
        )}
        <CopyButton text={() => compactText(value)} label={`Copy ${shorten(visible(key), 80)}`} />
      </dd>
    </div>
  );
}

function filterBy(key: string, value: unknown): string {
  const name = /^[\w.]+$/.test(key) ? key : `\`${key}\``;
  return `span.attributes.${name} = '${compactText(value).replaceAll("'", "\\'")}'`;
}
