import { Archive } from "lucide-react";

const MEANING = "Archived: read from the archive, since the hot store no longer keeps it";

/** Marks a trace in a list that is in the archive only. */
export function ArchivedMark() {
  return <span className="archived-mark" role="img" aria-label="Archived" title={MEANING}><Archive aria-hidden /></span>;
}

/** The same beside the title of a trace. */
export function ArchivedBadge() {
  return <span className="badge" title={MEANING}><Archive aria-hidden />Archived</span>;
}
