import { useQuery } from "@tanstack/react-query";
import { kansoku } from "./api";
import type { ServerInfo } from "../core/types";

/** What the server says of itself. */
export function useServer() {
  return useQuery({
    queryKey: ["server"],
    queryFn: ({ signal }) => kansoku<ServerInfo>("server", {}, { signal }),
    staleTime: 60_000,
  });
}
