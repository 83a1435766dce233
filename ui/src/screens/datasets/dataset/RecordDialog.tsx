import { useMutation } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { DRAFT_PARTS, draftOf, type DraftPart, readDraft, type RecordDraft, saveOf } from "../../../core/dataset/recordDraft";
import { canonicalJson } from "../../../core/json/exactJson";
import { visible } from "../../../core/text";
import { toast } from "../../../core/toastQueue";
import type { DatasetDetail, DatasetRecord } from "../../../core/types";
import { deleteRecords, refreshRecords, upsertRecords } from "../../../net/datasets";
import { Button } from "../../../ui/Button";
import { CopyButton } from "../../../ui/CopyButton";
import { Dialog } from "../../../ui/Dialog";
import { JsonEditor } from "../../../ui/json/JsonEditor";
import { Property, PropertyList } from "../../../ui/PropertyList";
import { EmptyState } from "../../../ui/State";
import { Time } from "../../../ui/Time";
import { RecordSource } from "./RecordSource";
import { SaveNote } from "./SaveNote";

const LABELS: Record<DraftPart, string> = { inputs: "Inputs", outputs: "Outputs", expectations: "Expectations", tags: "Tags" };

/** One record, to be read and changed, or a new one. Its texts stay until they are saved or discarded. */
export default function RecordDialog({ dataset, record, records, isNew, readOnly, onClose, onSaved, onPrevious, onNext }: {
  dataset: DatasetDetail;
  /** `null` for a new one, or if there is none of this id. */
  record: DatasetRecord | null;
  records: readonly DatasetRecord[];
  isNew: boolean;
  /** The version is not the newest one. */
  readOnly: boolean;
  onClose: () => void;
  /** Called with the id of the record if it is still the same one. */
  onSaved: (recordId: string | null) => void;
  onPrevious?: () => void;
  onNext?: () => void;
}) {
  // The record as it was when the dialog opened: a refetch does not change what is being edited.
  const [before] = useState(record);
  const [initial] = useState(() => draftOf(record));
  const [draft, setDraft] = useState(initial);
  const [mistakes, setMistakes] = useState<Partial<RecordDraft>>({});
  const [leaving, setLeaving] = useState<(() => void) | null>(null);
  // The old record is deleted already if only adding the new one failed.
  const [isDeleted, setDeleted] = useState(false);
  const isDirty = DRAFT_PARTS.some((part) => draft[part] !== initial[part]);
  const read = readDraft(draft);
  const save = "parts" in read ? saveOf(before, read.parts) : null;
  const newInputs = save && save.kind !== "nothing" && (isNew || save.kind === "add, delete") ? canonicalJson(save.upsert.inputs) : null;
  const hasNewInputs = newInputs !== null;
  const idsByInputs = useMemo(() => new Map(hasNewInputs ? records.map((other) => [canonicalJson(other.inputs), other.record_id]) : []), [hasNewInputs, records]);
  const mergesInto = newInputs === null ? null : idsByInputs.get(newInputs) ?? null;

  const { mutate, error, isPending } = useMutation({
    meta: { quiet: true },
    mutationFn: async () => {
      if (!save || save.kind === "nothing") return null;
      const remove = async () => {
        if (before && !isDeleted) await deleteRecords(dataset.dataset_id, [before.record_id]);
        setDeleted(true);
      };
      if (save.kind === "delete, add") await remove();
      const { updated } = await upsertRecords(dataset.dataset_id, [save.upsert]);
      if (save.kind === "add, delete") await remove();
      await refreshRecords(dataset.dataset_id);
      return { isSame: save.kind === "merge" && !isNew, updated };
    },
    onSuccess: (saved) => {
      if (saved) toast(!isNew ? "Record saved" : saved.updated ? "The record with these inputs was updated" : "Record added");
      onSaved(saved?.isSame && before ? before.record_id : null);
    },
  });
  const submit = () => {
    setLeaving(null);
    if ("mistakes" in read) setMistakes(read.mistakes);
    else mutate();
  };
  const leave = (go: () => void) => {
    if (isPending) return;
    if (isDirty) setLeaving(() => go);
    else go();
  };

  if (!before && !isNew) {
    return <Dialog title="Record" onClose={onClose}><EmptyState title="Record not found"><p>This version of the dataset has no such record. It may have been deleted.</p></EmptyState></Dialog>;
  }
  const foot = leaving ? (
    <>
      <span className="grow error-text" role="alert">The changes are not saved.</span>
      <Button autoFocus onClick={() => setLeaving(null)}>Keep editing</Button>
      <Button look="danger" onClick={leaving}>Discard</Button>
    </>
  ) : (
    <>
      {(onPrevious || onNext) && (
        <span className="row grow">
          <Button disabled={!onPrevious} onClick={() => onPrevious && leave(onPrevious)}>Previous</Button>
          <Button disabled={!onNext} onClick={() => onNext && leave(onNext)}>Next</Button>
        </span>
      )}
      <Button onClick={() => leave(onClose)}>{readOnly ? "Close" : "Cancel"}</Button>
      {!readOnly && <Button look="primary" title="Ctrl Enter" disabled={isPending} onClick={submit}>{isNew ? "Add" : "Save"}</Button>}
    </>
  );
  return (
    <Dialog title={isNew ? "New record" : "Record"} wide onClose={() => leave(onClose)} foot={foot}>
      <form
        className="stack"
        onSubmit={(event) => { event.preventDefault(); submit(); }}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !readOnly && !isPending) submit();
        }}
      >
        {before && (
          <PropertyList>
            <Property name="Id"><span className="row"><code>{visible(before.record_id)}</code><CopyButton text={before.record_id} label="Copy the record id" /></span></Property>
            <Property name="Since version">{before.added_in}</Property>
            <Property name="Changed"><Time ms={before.update_time_ms} />{before.updated_by ? ` by ${visible(before.updated_by)}` : ""}</Property>
          </PropertyList>
        )}
        {before?.source_type && <RecordSource record={before} />}
        {DRAFT_PARTS.map((part) => (
          <JsonEditor
            key={part}
            label={LABELS[part]}
            hint={part === "outputs" ? "optional, any JSON" : part === "inputs" ? "a JSON object: the arguments of the function that is evaluated" : undefined}
            value={draft[part]}
            readOnly={readOnly}
            mistake={mistakes[part]}
            rowsMax={part === "inputs" || part === "expectations" ? 14 : 8}
            onChange={(text) => {
              setDraft({ ...draft, [part]: text });
              if (mistakes[part]) setMistakes({ ...mistakes, [part]: undefined });
            }}
          />
        ))}
        <SaveNote save={isDirty ? save : null} mergesInto={mergesInto !== null} />
        {error && <p className="error-text" role="alert">{visible(error.message)}{isDeleted ? " The old record has been deleted; save again to add this one." : ""}</p>}
      </form>
    </Dialog>
  );
}
