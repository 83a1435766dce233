import { useMemo } from "react";
import { LocalSource } from "../../core/json/source";
import { JsonTree } from "./JsonTree";

/** A JSON tree of a value that is already loaded. */
export function JsonValue({ value, label }: { value: unknown; label: string }) {
  const source = useMemo(() => new LocalSource(JSON.stringify(value) ?? "null"), [value]);
  return <JsonTree source={source} label={label} />;
}
