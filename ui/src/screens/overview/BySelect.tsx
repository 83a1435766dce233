import { visible } from "../../core/text";
import { useFields } from "../../net/traces";

const KINDS = ["version", "model", "provider", "environment", "user", "name", "session"];

/** Selects the breakdown of the overview: a field, or a tag of this experiment. */
export function BySelect({ experiment, value, onChange }: { experiment: string; value: string; onChange: (by: string) => void }) {
  const fields = useFields(experiment);
  const tags = (fields.data?.fields ?? []).filter((field) => field.group === "tag").map((field) => tagKey(field.field));
  const known = ["", ...KINDS, ...tags.map((key) => `tag:${key}`)];
  return (
    <label className="row">
      <span className="meta">Split by</span>
      <select className="select" value={value} onChange={(event) => onChange(event.target.value)}>
        <option value="">none</option>
        {KINDS.map((kind) => <option key={kind} value={kind}>{kind}</option>)}
        {0 < tags.length && (
          <optgroup label="Tags">
            {tags.map((key) => <option key={key} value={`tag:${key}`}>{visible(key)}</option>)}
          </optgroup>
        )}
        {!known.includes(value) && <option value={value}>{visible(value)}</option>}
      </select>
    </label>
  );
}

/** The key in `` tags.`my key` `` */
function tagKey(field: string): string {
  return field.replace(/^tags?\./, "").replace(/^([`"])(.*)\1$/, "$2");
}
