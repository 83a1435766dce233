// Recently used filters of this browser, per experiment.
const RECENTS_MAX = 10;

function keyOf(experiment: string): string {
  return `kansoku.filters.${experiment}`;
}

export function recentFilters(experiment: string): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(keyOf(experiment)) ?? "[]");
    return Array.isArray(kept) ? kept.filter((one): one is string => typeof one === "string") : [];
  } catch {
    return [];
  }
}

export function rememberFilter(experiment: string, q: string): void {
  const filter = q.trim();
  if (!filter) return;
  const others = recentFilters(experiment).filter((one) => one !== filter);
  localStorage.setItem(keyOf(experiment), JSON.stringify([filter, ...others].slice(0, RECENTS_MAX)));
}
