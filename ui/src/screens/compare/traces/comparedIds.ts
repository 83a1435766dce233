import type { Search } from "../../../core/address";

/** The trace ids in an address, at most four. */
export function comparedIds(search: Search): string[] {
  return [search.a, search.b, search.c, search.d].filter((id): id is string => !!id);
}
