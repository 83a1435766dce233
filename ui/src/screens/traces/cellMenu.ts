import { shorten, visible } from "../../core/text";
import type { TraceRow } from "../../core/types";
import type { MenuItems } from "../../ui/Menu";
import { type CellFilter, cellFilters } from "./cellFilters";

const LABEL_CHARS = 40;

/** Filters by a cell: its value alone, or everything else. */
export function filterItems(filters: CellFilter[], add: (condition: string) => void): MenuItems {
  const label = (text: string) => shorten(visible(text), LABEL_CHARS);
  return filters.slice(0, 6).flatMap((filter) => [
    { label: `Only ${label(filter.keepLabel)}`, run: () => add(filter.keep) },
    { label: `Not ${label(filter.dropLabel)}`.replace("Not less", "Only less"), run: () => add(filter.drop) },
  ]);
}

/** Actions on a cell and its row. */
export function cellMenu(columnId: string | null, row: TraceRow, does: {
  add: (condition: string) => void;
  open: () => void;
  openTab: () => void;
  copy: (text: string, what: string) => void;
  cellText: string;
  selected: boolean;
  select: () => void;
  rate: (good: boolean) => void;
  tag: () => void;
  addToDataset: () => void;
  linkToIssue: () => void;
  sendToReview: () => void;
}): MenuItems {
  const items = filterItems(columnId ? cellFilters(columnId, row) : [], does.add);
  if (items.length) items.push(null);
  items.push(
    { label: "Open", end: "Enter", run: does.open },
    { label: "Open in a new tab", end: "o", run: does.openTab },
    { label: does.selected ? "Deselect" : "Select", end: "x", run: does.select },
    null,
    { label: "Thumbs up", end: "+", run: () => does.rate(true) },
    { label: "Thumbs down", end: "-", run: () => does.rate(false) },
    { label: "Tag…", end: "t", run: does.tag },
    { label: "Add to a dataset…", end: "a", run: does.addToDataset },
    { label: "Link to an issue…", end: "i", run: does.linkToIssue },
    { label: "Send to review…", end: "R", run: does.sendToReview },
    null,
    { label: "Copy the cell", disabled: !does.cellText, run: () => does.copy(does.cellText, "Text") },
    { label: "Copy the trace id", run: () => does.copy(row.trace_id, "Id") },
  );
  return items;
}
