import { useMemo } from "react";
import { useUrl } from "../../ui/address/useUrl";
import { useStoredText } from "../../ui/browser/useStoredText";
import type { Column, ColumnSet } from "./columns";
import { clampWidth, isDefault, printColumns, readColumns, valueField, type ShownColumn } from "./columnText";

export interface Columns<T> {
  set: ColumnSet<T>;
  shown: (Column<T> & { chosen?: number })[];
  /** The values of spans among them, as the server takes them. */
  values: string;
  isShown: (id: string) => boolean;
  toggle: (id: string) => void;
  move: (id: string, step: -1 | 1) => void;
  place: (id: string, before: string) => void;
  resize: (id: string, width: number) => void;
  reset: () => void;
}

/** The columns of the address, else the last ones used for this experiment in this browser. */
export function useColumns<T>(experiment: string, columnSet: ColumnSet<T>): Columns<T> {
  const [url, change] = useUrl();
  const [kept, keep] = useStoredText(`${columnSet.stored}.${experiment}`);
  const text = url.cols ?? kept ?? "";
  const list = useMemo(() => {
    const read = readColumns(text).filter(({ id }) => columnSet.of(id));
    return read.length ? read : columnSet.defaults;
  }, [text, columnSet]);
  const shown = useMemo(() => list.map(({ id, width }) => ({ ...columnSet.of(id)!, chosen: width })), [list, columnSet]);

  const set = (next: ShownColumn[]) => {
    const written = isDefault(next, columnSet.defaults) ? "" : printColumns(next);
    keep(written || null);
    change({ cols: written }, { replace: true });
  };
  const moved = (id: string, to: number) => {
    const rest = list.filter((one) => one.id !== id);
    rest.splice(Math.max(0, to), 0, list.find((one) => one.id === id)!);
    set(rest);
  };
  const at = (id: string) => list.findIndex((one) => one.id === id);
  return {
    set: columnSet,
    shown,
    values: list.flatMap(({ id }) => valueField(id) ?? []).toSorted().join(","),
    isShown: (id) => 0 <= at(id),
    toggle: (id) => {
      const next = 0 <= at(id) ? list.filter((one) => one.id !== id) : [...list, { id }];
      if (next.length) set(next);
    },
    move: (id, step) => moved(id, at(id) + step),
    place: (id, before) => {
      if (id !== before && 0 <= at(id)) moved(id, at(before));
    },
    resize: (id, width) => set(list.map((one) => (one.id === id ? { id, width: clampWidth(width) } : one))),
    reset: () => set(columnSet.defaults),
  };
}
