// A span in OTLP/JSON, as MLflow's clients read it.

export interface AnyValue {
  string_value?: string;
  bool_value?: boolean;
  int_value?: number | string;
  double_value?: number;
  bytes_value?: string;
  array_value?: { values?: AnyValue[] };
  kvlist_value?: { values?: KeyValue[] };
}

export interface KeyValue {
  key: string;
  value?: AnyValue;
}

export interface StoredEvent {
  name?: string;
  time_unix_nano?: number | string;
  attributes?: KeyValue[];
}

export interface StoredLink {
  trace_id?: string;
  span_id?: string;
  attributes?: KeyValue[];
}

export interface StoredSpan {
  trace_id: string;
  span_id: string;
  parent_span_id?: string;
  name?: string;
  start_time_unix_nano?: number | string;
  end_time_unix_nano?: number | string;
  attributes?: KeyValue[];
  events?: StoredEvent[];
  links?: StoredLink[];
  status?: { code?: number | string; message?: string };
}

/** The JavaScript value of an OTLP `AnyValue`. */
export function plain(value: AnyValue | undefined): unknown {
  if (!value) return null;
  if (value.string_value !== undefined) return value.string_value;
  if (value.bool_value !== undefined) return value.bool_value;
  if (value.int_value !== undefined) return whole(value.int_value);
  if (value.double_value !== undefined) return value.double_value;
  if (value.bytes_value !== undefined) return value.bytes_value;
  if (value.array_value) return (value.array_value.values ?? []).map(plain);
  if (value.kvlist_value) return record(value.kvlist_value.values ?? []);
  return null;
}

/** An object with these keys and values. `Object.fromEntries` is safe for any key, even `__proto__`. */
function record(values: KeyValue[]): Record<string, unknown> {
  return Object.fromEntries(values.map(({ key, value }) => [key, plain(value)]));
}

/** A whole number as a number, or as text if a double cannot represent it exactly. */
function whole(value: number | string): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

export type AttributeGroup = "Custom" | "GenAI" | "MLflow" | "OpenTelemetry";

const OTEL = /^(service|telemetry|http|url|net|network|server|client|rpc|db|messaging|process|host|os|code|thread|otel|exception|k8s|container|cloud|deployment|faas|user_agent|peer|enduser|error)(\.|$)/;

export function groupOf(key: string): AttributeGroup {
  if (key.startsWith("mlflow.")) return "MLflow";
  if (/^(gen_ai|llm|openinference|traceloop|ai|input|output|embedding|retrieval|tool)\./.test(key)) return "GenAI";
  return OTEL.test(key) ? "OpenTelemetry" : "Custom";
}

export interface ShownAttribute {
  /** Index among the span's attributes. */
  nth: number;
  key: string;
  value: unknown;
  group: AttributeGroup;
}

export function attributesOf(span: StoredSpan): ShownAttribute[] {
  const shown = (span.attributes ?? []).map(({ key, value }, nth) => ({ nth, key, value: plain(value), group: groupOf(key) }));
  return shown.sort((a, b) => a.key.localeCompare(b.key));
}

/** An id in hex, as OpenTelemetry shows it; the response has it in base64. */
export function hexId(base64: string | undefined): string | null {
  try {
    return [...atob(base64 ?? "")].map((char) => char.charCodeAt(0).toString(16).padStart(2, "0")).join("") || null;
  } catch {
    return null;
  }
}
