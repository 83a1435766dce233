// The state of a screen is in its URL, so that Back, reload and copied links work.
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";
import type { Search } from "../../core/address";

export type { Search };

/** The address's parameters, and a way to change some; `null` or an empty text removes one. */
export function useUrl(): [Search, (patch: Record<string, string | null>, options?: { replace?: boolean }) => void] {
  const search = useSearch({ strict: false }) as Search;
  const navigate = useNavigate();
  const change = useCallback(
    (patch: Record<string, string | null>, { replace = false } = {}) => {
      void navigate({
        to: ".",
        search: ((before: Search) => mergeSearch(before, patch)) as never,
        replace,
        resetScroll: false,
      });
    },
    [navigate],
  );
  return [search, change];
}

export function mergeSearch(before: Search, patch: Record<string, string | null>): Search {
  const entries = Object.entries({ ...before, ...patch });
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => !!entry[1]));
}
