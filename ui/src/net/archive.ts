import { useQuery } from "@tanstack/react-query";
import type { ArchiveState } from "../core/types";
import { kansoku } from "./api";

const POLL_MS = 5000;

/** The settings and contents of the archive. Polled while it is shown, unless `once`. */
export function useArchive({ once = false } = {}) {
  return useQuery({
    queryKey: ["archive"],
    queryFn: ({ signal }) => kansoku<ArchiveState>("archive", {}, { signal }),
    refetchInterval: once ? false : POLL_MS,
  });
}
