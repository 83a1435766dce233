import type { RowList } from "./pageList";

/** Rows that are all in memory, for a table that otherwise loads them page by page. */
export class LocalRows<T> implements RowList<T> {
  readonly whole = true;
  readonly version = 0;
  private places: Map<string, number> | null = null;

  constructor(private readonly rows: readonly T[], readonly key: (row: T) => string) {}

  get length(): number {
    return this.rows.length;
  }

  row(index: number): T | null {
    return this.rows[index] ?? null;
  }

  indexOf(key: string): number {
    this.places ??= new Map(this.rows.map((row, at) => [this.key(row), at]));
    return this.places.get(key) ?? -1;
  }

  need(): void {
    // Nothing is missing.
  }
}
