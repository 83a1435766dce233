import { groupTitle } from "../core/groupTitle";
import { visible } from "../core/text";
import { useFields } from "../net/traces";

/** Selects a breakdown: any field that traces can be grouped by. */
export function GroupBySelect({ experiment, value, onChange }: { experiment: string; value: string; onChange: (by: string) => void }) {
  const fields = (useFields(experiment).data?.fields ?? []).filter((field) => field.group_by !== null);
  const words = fields.map((field) => field.group_by!);
  return (
    <label className="row">
      <span className="meta">Split by</span>
      <select className="select" value={value} onChange={(event) => onChange(event.target.value)}>
        <option value="">none</option>
        {words.map((word) => <option key={word} value={word}>{visible(groupTitle(word).toLowerCase())}</option>)}
        {value !== "" && !words.includes(value) && <option value={value}>{visible(value)}</option>}
      </select>
    </label>
  );
}
