import { vectorSummary } from "../../core/json/view";
import { looksLikeMarkdown } from "../../core/textKind";
import { JsonValue } from "../json/JsonValue";
import { PlainText } from "./PlainText";
import { RichText } from "./RichText";

/** A value without quotes and braces, where it is flat enough. */
export function Pretty({ value, label }: { value: unknown; label: string }) {
  if (typeof value !== "object" || value === null) return <PrettyPart value={value} label={label} />;
  if (Array.isArray(value)) return isVector(value) ? <PrettyPart value={value} label={label} /> : <JsonValue value={value} label={label} />;
  return (
    <dl className="pretty">
      {Object.entries(value).map(([key, part]) => (
        <div key={key}>
          <dt><PlainText text={key} /></dt>
          <dd><PrettyPart value={part} label={`${label}, ${key}`} /></dd>
        </div>
      ))}
    </dl>
  );
}

function PrettyPart({ value, label }: { value: unknown; label: string }) {
  if (typeof value === "string") return value ? <RichText text={value} markdown={looksLikeMarkdown(value)} /> : <span className="muted">empty</span>;
  if (value === null || value === undefined) return <span className="muted">nothing</span>;
  if (typeof value !== "object") return <span className="mono">{String(value)}</span>;
  if (isVector(value)) return <span className="mono">{vectorSummary(value)}</span>;
  return <JsonValue value={value} label={label} />;
}

function isVector(value: unknown): value is number[] {
  return Array.isArray(value) && 16 <= value.length && value.every((item) => typeof item === "number");
}
