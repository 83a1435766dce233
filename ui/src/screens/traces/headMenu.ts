import type { MenuItems } from "../../ui/Menu";
import type { Columns } from "./useColumns";

const STEP = 40;

/** Actions on a column. */
export function headMenu<T>(columnId: string, columns: Columns<T>, onSort: (order: string) => void): MenuItems {
  const column = columns.shown.find((one) => one.id === columnId);
  if (!column) return [];
  const width = column.chosen ?? column.width;
  return [
    { heading: column.title },
    { label: "Sort, largest first", disabled: !column.sort, run: () => onSort(`${column.sort!} DESC`) },
    { label: "Sort, smallest first", disabled: !column.sort, run: () => onSort(`${column.sort!} ASC`) },
    null,
    { label: "Move to the left", run: () => columns.move(columnId, -1) },
    { label: "Move to the right", run: () => columns.move(columnId, 1) },
    { label: "Wider", run: () => columns.resize(columnId, width + STEP) },
    { label: "Narrower", run: () => columns.resize(columnId, width - STEP) },
    { label: "Hide", disabled: columns.shown.length < 2, run: () => columns.toggle(columnId) },
  ];
}
