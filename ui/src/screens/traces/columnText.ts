// Which columns are shown, in which order and how wide, as an address has it: `time,input~240,tag:env`.

export interface Shown {
  id: string;
  /** Pixels, where a person chose them. */
  width?: number;
}

export const DEFAULT_COLUMNS: Shown[] = ["outcome", "time", "input", "output", "shape", "duration", "tokens", "cost", "assessments"].map((id) => ({ id }));

const WIDTH_MIN = 40;
const WIDTH_MAX = 1200;
const COLUMNS_MAX = 40;

export function printColumns(columns: Shown[]): string {
  return columns.map(({ id, width }) => encoded(id) + (width ? `~${Math.round(width)}` : "")).join(",");
}

export function readColumns(text: string): Shown[] {
  const seen = new Set<string>();
  return text.split(",").slice(0, COLUMNS_MAX).flatMap((part) => {
    const [name = "", width] = part.split("~");
    const id = decoded(name);
    if (!id || seen.has(id)) return [];
    seen.add(id);
    return [width && Number(width) ? { id, width: clamped(Number(width)) } : { id }];
  });
}

export function clamped(width: number): number {
  return Math.min(Math.max(Math.round(width), WIDTH_MIN), WIDTH_MAX);
}

export function isDefault(columns: Shown[]): boolean {
  return printColumns(columns) === printColumns(DEFAULT_COLUMNS);
}

function encoded(id: string): string {
  return id.replace(/[%,~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}
