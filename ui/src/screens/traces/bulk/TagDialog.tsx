import { useId, useState } from "react";
import { splitField } from "../../../core/filter/print";
import { plural } from "../../../core/format";
import { inParallel } from "../../../core/inParallel";
import { useFields } from "../../../net/traces";
import { BulkDialog } from "../../../ui/curate/BulkDialog";
import { countOf, type Target } from "../../../ui/curate/target";
import { setTag } from "./requests";

const KEY_CHARS_MAX = 250;

/** Sets a tag on many traces. */
export function TagDialog({ experiment, target, onDone, onClose }: { experiment: string; target: Target; onDone: (ids: string[]) => void; onClose: () => void }) {
  const id = useId();
  const [key, setKey] = useState("");
  const [value, setValue] = useState("");
  const keys = (useFields(experiment).data?.fields ?? []).filter((field) => field.group === "tag").map((field) => splitField(field.field).key);
  return (
    <BulkDialog
      title={`Tag ${plural(countOf(target), "trace")}`}
      action="Set the tag"
      target={target}
      ready={key.trim() !== ""}
      work={(ids, onProgress, signal) => inParallel(ids, (trace) => setTag(trace, key.trim(), value), { onProgress, signal })}
      doneText={(done) => `${plural(done, "trace")} tagged`}
      onDone={onDone}
      onClose={onClose}
    >
      <div className="field">
        <label htmlFor={`${id}key`}>Key</label>
        <input id={`${id}key`} className="input" autoFocus list={`${id}keys`} maxLength={KEY_CHARS_MAX} value={key} onChange={(event) => setKey(event.target.value)} />
        <datalist id={`${id}keys`}>{keys.map((one) => <option key={one} value={one} />)}</datalist>
      </div>
      <div className="field">
        <label htmlFor={`${id}value`}>Value</label>
        <input id={`${id}value`} className="input" value={value} onChange={(event) => setValue(event.target.value)} />
      </div>
      <button type="submit" hidden />
    </BulkDialog>
  );
}
