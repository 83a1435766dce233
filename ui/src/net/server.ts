import { useQuery } from "@tanstack/react-query";
import { kansoku } from "./api";
import type { ServerInfo } from "../core/types";

/** Version, settings and storage of the server. */
export function useServer() {
  return useQuery({
    queryKey: ["server"],
    queryFn: ({ signal }) => kansoku<ServerInfo>("server", {}, { signal }),
    staleTime: 60_000,
  });
}
