import { vectorSummary } from "../../core/json/view";
import { jsonIn, looksLikeMarkdown } from "../../core/textKind";
import { JsonValue } from "../json/JsonValue";
import { PlainText } from "./PlainText";
import { RichText } from "./RichText";

/** Maximum number of fields or items. Larger values are shown as a JSON tree, which renders only visible rows. */
const PARTS_MAX = 30;
const INLINE_CHARS_MAX = 80;

/** A value in readable form: fields by name, rendered Markdown, and parsed JSON in texts. */
export function PrettyValue({ value, label }: { value: unknown; label: string }) {
  const shown = typeof value === "string" ? (jsonIn(value) ?? value) : value;
  if (!isObject(shown)) return <PrettyPart value={shown} label={label} />;
  const fields = Object.entries(shown);
  if (fields.length === 0 || PARTS_MAX < fields.length) return <JsonValue value={shown} label={label} />;
  return (
    <dl className="pretty">
      {fields.map(([key, part]) => (
        <div key={key} className={isInline(part) ? "inline" : undefined}>
          <dt><PlainText text={key} /></dt>
          <dd><PrettyPart value={part} label={`${label}, ${key}`} /></dd>
        </div>
      ))}
    </dl>
  );
}

function PrettyPart({ value, label }: { value: unknown; label: string }) {
  if (typeof value === "string") {
    if (!value) return <span className="muted">empty</span>;
    const json = jsonIn(value);
    return json === undefined ? <RichText text={value} markdown={looksLikeMarkdown(value)} /> : <JsonValue value={json} label={label} />;
  }
  if (value === null || value === undefined) return <span className="muted">null</span>;
  if (typeof value !== "object") return <span>{String(value)}</span>;
  if (isVector(value)) return <span>{vectorSummary(value)}</span>;
  if (isTextList(value)) {
    return (
      <ul className="pretty-list">
        {value.map((text, at) => <li key={at}><RichText text={text} markdown={looksLikeMarkdown(text)} /></li>)}
      </ul>
    );
  }
  return <JsonValue value={value} label={label} />;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether the value fits on the line of its name. */
function isInline(value: unknown): boolean {
  if (typeof value === "string") return value.length <= INLINE_CHARS_MAX && !value.includes("\n") && !looksLikeMarkdown(value) && jsonIn(value) === undefined;
  return typeof value !== "object" || value === null || isVector(value);
}

function isVector(value: unknown): value is number[] {
  return Array.isArray(value) && 16 <= value.length && value.every((item) => typeof item === "number");
}

function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && 0 < value.length && value.length <= PARTS_MAX && value.every((item) => typeof item === "string");
}
