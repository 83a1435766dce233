import { useUrl } from "../address/useUrl";

/** The order of a table in the address; `initial` if the address has none. */
export function useTableSort(initial: string, parameter = "sort"): [string, (sort: string) => void] {
  const [search, change] = useUrl();
  return [search[parameter] ?? initial, (sort) => change({ [parameter]: sort === initial ? null : sort }, { replace: true })];
}
