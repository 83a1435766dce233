// Sorts table rows by a column.

export type SortValue = number | string | null | undefined;

let texts: Intl.Collator | undefined;

/** Parses an order: `-cost` sorts by `cost` with the largest first. */
export function parseSort(sort: string): { column: string; descending: boolean } {
  return { column: sort.replace(/^-/, ""), descending: sort.startsWith("-") };
}

/** Rows of equal values keep their order; rows without a value come last in either direction. */
export function sortRows<T>(rows: readonly T[], value: (row: T) => SortValue, descending: boolean): T[] {
  const direction = descending ? -1 : 1;
  return rows.toSorted((a, b) => {
    const [one, other] = [value(a), value(b)];
    if (isMissing(one) || isMissing(other)) return Number(isMissing(one)) - Number(isMissing(other));
    return direction * compareValues(one, other);
  });
}

function isMissing(value: SortValue): value is null | undefined {
  return value == null || Number.isNaN(value);
}

function compareValues(a: number | string, b: number | string): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  // Takes more than ten milliseconds to make, so not before a screen sorts texts.
  texts ??= new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  return texts.compare(String(a), String(b));
}
