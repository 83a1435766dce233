/** Whether the traces of an experiment are archived, and what a change of that means for retention. */
export function ArchiveChoice({ isArchived, wasArchived, onChange }: { isArchived: boolean; wasArchived: boolean; onChange: (isArchived: boolean) => void }) {
  return (
    <fieldset className="choices">
      <legend>Archive</legend>
      <label><input type="checkbox" checked={isArchived} onChange={(event) => onChange(event.target.checked)} /> Keep these traces in the archive for good</label>
      <p role="status" className={isArchived ? "meta" : "warn-text"}>
        {wasArchived && !isArchived && (
          "New traces will not be archived, and retention will delete them for good. What is archived stays there, but changes and deletions no longer reach it until the experiment is archived again."
        )}
        {!wasArchived && !isArchived && "Expired traces are deleted for good, unless they were archived before."}
        {!wasArchived && isArchived && "All traces that are stored now will be archived, and no trace expires before."}
      </p>
    </fieldset>
  );
}
