// Reads and writes URL parameters as plain text (`?q=status = 'ERROR'`), not as JSON.

export type Search = Record<string, string>;

/** MLflow's notebooks repeat this parameter; its values are joined by commas here. */
const REPEATED = "trace_id";

export function parseSearch(text: string): Search {
  const params = new URLSearchParams(text);
  const search = Object.fromEntries(params);
  const repeated = params.getAll(REPEATED);
  if (repeated.length > 0) search[REPEATED] = repeated.join(",");
  return search;
}

export function stringifySearch(search: Record<string, unknown>): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(search)) {
    if (value === undefined || value === null) continue;
    const values = key === REPEATED ? String(value).split(",") : [String(value)];
    for (const one of values) params.append(key, one);
  }
  const text = params.toString();
  return text && `?${text}`;
}
