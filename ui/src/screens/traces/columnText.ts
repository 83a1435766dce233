// The columns, their order and widths, as written in the address: `time,input~240,tag:env`.
import { keyedField } from "../../core/filter/print";

export interface ShownColumn {
  id: string;
  /** Pixels, if a person resized the column. */
  width?: number;
}

export const DEFAULT_COLUMNS: ShownColumn[] = ["outcome", "time", "input", "output", "shape", "duration", "tokens", "cost", "assessments"].map((id) => ({ id }));

const WIDTH_MIN = 40;
const WIDTH_MAX = 1200;
const COLUMNS_MAX = 40;

export function printColumns(columns: ShownColumn[]): string {
  return columns.map(({ id, width }) => encodeId(id) + (width ? `~${Math.round(width)}` : "")).join(",");
}

export function readColumns(text: string): ShownColumn[] {
  const seen = new Set<string>();
  return text.split(",").slice(0, COLUMNS_MAX).flatMap((part) => {
    const [name = "", width] = part.split("~");
    const id = decodeId(name);
    if (!id || seen.has(id)) return [];
    seen.add(id);
    return [width && Number(width) ? { id, width: clampWidth(Number(width)) } : { id }];
  });
}

export function clampWidth(width: number): number {
  return Math.min(Math.max(Math.round(width), WIDTH_MIN), WIDTH_MAX);
}

export function isDefault(columns: ShownColumn[], defaults: ShownColumn[] = DEFAULT_COLUMNS): boolean {
  return printColumns(columns) === printColumns(defaults);
}

function encodeId(id: string): string {
  return id.replace(/[%,~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function decodeId(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

const VALUE = "value:";

/** The field that a column shows of spans, such as `inputs.customer.id`. */
export function valueField(id: string): string | null {
  const field = id.startsWith(VALUE) ? id.slice(VALUE.length) : "";
  return /^(?:inputs|outputs|span\.attributes)\../.test(field) ? field : null;
}

/** The column of a field of spans that was typed: `inputs.customer.id`, `attributes.app.tenant`. */
export function typedColumn(typed: string): string | null {
  const [, prefix, key] = /^(inputs|outputs|(?:span\.)?attributes)\.(.+)$/.exec(typed.trim()) ?? [];
  if (!prefix || !key || key.split(".").includes("")) return null;
  return VALUE + keyedField(prefix === "attributes" ? "span.attributes" : prefix, key.replace(/^`(.*)`$/, "$1"));
}
