// Ids of elements. Keys of tags may contain spaces, which ids may not.

export function headId(columnId: string | null): string {
  return `head-${encodeURIComponent(columnId ?? "")}`;
}

export function rowId(key: string): string {
  return `row-${key}`;
}

export function cellId(key: string, columnId: string): string {
  return `cell-${key}-${encodeURIComponent(columnId)}`;
}
