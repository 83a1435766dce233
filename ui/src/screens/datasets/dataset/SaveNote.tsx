import type { RecordSave } from "../../../core/dataset/recordDraft";

/** What a save does beyond changing the record, which a person should know before. */
export function SaveNote({ save, mergesInto }: { save: RecordSave | null; mergesInto: boolean }) {
  if (!save || save.kind === "nothing") return null;
  const notes = [
    save.kind === "add, delete" && "Records are identified by their inputs. Other inputs make a new record, and this one is deleted.",
    save.kind === "delete, add" && "A field was removed. Records only gain fields, so this one is deleted and added again with a new id.",
    mergesInto && "Another record has these inputs already: it is updated with these expectations and tags.",
  ].filter((note) => note !== false);
  return notes.length > 0 ? <div className="save-note" role="status">{notes.map((note) => <p key={note}>{note}</p>)}</div> : null;
}
