// Ids of elements. Keys of tags may contain spaces, which ids may not.

export function headId(columnId: string | null): string {
  return `head-${encodeURIComponent(columnId ?? "")}`;
}

export function rowId(traceId: string): string {
  return `row-${traceId}`;
}

export function cellId(traceId: string, columnId: string): string {
  return `cell-${traceId}-${encodeURIComponent(columnId)}`;
}
